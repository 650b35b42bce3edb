"""Known vulnerabilities: what an advisory says, and which releases it concerns.

Pure but for `files`, which reads OSV data from disk, and `download`, which fetches it.
"""
