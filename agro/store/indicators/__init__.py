"""What indicators need and no other table holds: statements, surveys by revision, farm books.

Nothing is overwritten: corrections are new rows, what is taken back stays with who did it and when.
"""

from agro.store.indicators.books import FarmBook, books, close_book, open_book, undo_book
from agro.store.indicators.statements import (
    Kept,
    Statement,
    correct,
    one,
    restore,
    retract,
    statements,
    write,
)
from agro.store.indicators.surveys import (
    CONFIRMED,
    DRAFT,
    RETRACTED,
    SurveyAnswers,
    SurveyRevision,
    add_revision,
    revisions,
    surveys,
    write_surveys,
)

__all__ = [
    "CONFIRMED",
    "DRAFT",
    "RETRACTED",
    "FarmBook",
    "Kept",
    "Statement",
    "SurveyAnswers",
    "SurveyRevision",
    "add_revision",
    "books",
    "close_book",
    "correct",
    "one",
    "open_book",
    "restore",
    "retract",
    "revisions",
    "statements",
    "surveys",
    "undo_book",
    "write",
    "write_surveys",
]
