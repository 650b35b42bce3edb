"""The pipeline: units that filter, score and annotate, compiled before the search. No I/O."""
