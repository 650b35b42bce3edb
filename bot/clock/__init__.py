"""When a repository is looked at by itself, and when new pull requests may come."""
