"""The units in Python that come with the project, one file each."""
