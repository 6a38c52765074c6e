"""Rules the database itself keeps for early warning: nothing told or said without a live consent, nothing altered."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# events of a lender and alerts rest on the person's consent to be watched by that very lender; what comes from a
# person's own file on their consent to be scored
LIVE = """EXISTS (
    SELECT 1 FROM consents c
    WHERE c.person_id = NEW.person_id AND c.purpose = '{purpose}' AND c.receipt = NEW.receipt AND c.given
      AND (c.expires_at IS NULL OR c.expires_at > NEW.at)
      AND c.id = (SELECT MAX(d.id) FROM consents d
                  WHERE d.person_id = NEW.person_id AND d.purpose = '{purpose}' AND {whom}))"""
WATCHED = LIVE.format(purpose="watch", whom="d.lender_id = NEW.lender_id").replace(
    "AND c.given", "AND c.given AND c.lender_id = NEW.lender_id"
)
SCORED = LIVE.format(purpose="score", whom="d.lender_id IS NULL")
RESTING = {
    "alerts": WATCHED,
    "watches": WATCHED.replace("NEW.at", "NEW.started_at"),
    "events": f"((NEW.lender_id IS NULL AND {SCORED}) OR (NEW.lender_id IS NOT NULL AND {WATCHED}))",
}
KEPT = {
    "alerts": "receipt, person_id, lender_id, number, rule, severity, cause, at",
    "events": "receipt, person_id, lender_id, sender, ref, version, kind, happened_on, at",
}


def upgrade() -> None:
    postgresql = op.get_bind().dialect.name != "sqlite"
    for table, live in RESTING.items():
        if not postgresql:
            op.execute(
                f"CREATE TRIGGER {table}_rest_on_consent BEFORE INSERT ON {table} WHEN NOT {live} "
                "BEGIN SELECT RAISE(ABORT, 'no live receipt'); END"
            )
            continue
        op.execute(
            f"CREATE FUNCTION {table}_rest_on_consent() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "PERFORM 1 FROM people WHERE id = NEW.person_id FOR NO KEY UPDATE; "
            f"IF NOT {live} THEN RAISE EXCEPTION 'no live receipt' USING ERRCODE = 'restrict_violation'; "
            "END IF; RETURN NEW; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_rest_on_consent BEFORE INSERT ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_rest_on_consent()"
        )
    refuse = (
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        if postgresql
        else "BEGIN SELECT RAISE(ABORT, 'nothing here is changed'); END"
    )
    for table, columns in KEPT.items():
        op.execute(
            f"CREATE TRIGGER {table}_keep_what_they_say BEFORE UPDATE OF {columns} ON {table} {refuse}"
        )


def downgrade() -> None:
    postgresql = op.get_bind().dialect.name != "sqlite"
    for name, tables in (("keep_what_they_say", KEPT), ("rest_on_consent", RESTING)):
        for table in tables:
            op.execute(f"DROP TRIGGER {table}_{name}" + (f" ON {table}" if postgresql else ""))
    if postgresql:
        for table in RESTING:
            op.execute(f"DROP FUNCTION {table}_rest_on_consent()")
