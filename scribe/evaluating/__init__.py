"""Notes beside the summaries that people wrote of the same sessions: figures, how sure they are, and a page to read.

In: sessions with references, and the claims that simulators wrote of them. Out: figures with intervals, and a report.
This room knows nothing of how notes are made: it is handed claims.

In reading order: `sessions` (the documented JSON), `importing` (QMSum, and meetings linked to lines), `folders` (which
files hold sessions), `rouge`, `figures` (what is measured of one text), `comparing` (over sessions, and between
simulators), `page` (the report).
"""
