"""What the tables share: one catalogue of them, and the columns that many have."""

from sqlalchemy import BigInteger, Column, ForeignKey, MetaData

from storage.columns import Id

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def person() -> Column[int]:
    """Name whom a row is about; it goes with them."""
    return Column("person_id", Id, ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True)


def lender(*, optional: bool = False) -> Column[int]:
    """Name the lender a row belongs to."""
    return Column(
        "lender_id", Id, ForeignKey("lenders.id", ondelete="CASCADE"), nullable=optional, index=True
    )


def version() -> Column[int]:
    """Give the column that tells one writing of a row from the next; see `storage.cells`."""
    return Column("row_version", BigInteger, nullable=False, default=0)
