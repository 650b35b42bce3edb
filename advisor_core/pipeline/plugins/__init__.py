"""Units of other packages, found by the entry point group `thoth.units`. Run in child processes.

    [project.entry-points."thoth.units"]
    OurSieve = "our_package.units:OurSieve"

A unit of another package is code that the operator installed: it is trusted, but not to be right. It may
raise, loop, or crash the interpreter, and a thread can be stopped in none of these (an exception set from
outside waits for the next bytecode, which a regular expression or a blocked call never reaches). So each
runs in a child process, which is killed when the unit has used its budget, and which gets neither the
parent's secrets (environment variables) nor its database. It cannot be used in the search: what it says of
releases is masks and points, and what it says of whole stacks is asked stack by stack.

The cost is one start of the interpreter for each such unit, side by side, in runs that have any.
"""
