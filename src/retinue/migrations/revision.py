"""The schema revision this version of the program needs: the head of ``versions/``, kept equal to it by a test."""

SCHEMA_REVISION = "0073"
