"""Known vulnerabilities: what an advisory says, and which releases it concerns. No I/O."""
