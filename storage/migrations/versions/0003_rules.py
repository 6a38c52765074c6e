"""Rules the database itself keeps: nothing scored or shared without a live consent, nothing altered in the trail."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# the consent a row rests on: given, not expired, and the last word on its purpose (and, for a share, its lender)
LIVE = """EXISTS (
    SELECT 1 FROM consents c
    WHERE c.person_id = NEW.person_id AND c.purpose = '{purpose}' AND c.receipt = NEW.receipt AND c.given
      AND (c.expires_at IS NULL OR c.expires_at > NEW.at)
      AND c.id = (SELECT MAX(d.id) FROM consents d
                  WHERE d.person_id = NEW.person_id AND d.purpose = '{purpose}' AND {whom}))"""
RESTING = {
    "scores": LIVE.format(purpose="score", whom="d.lender_id IS NULL"),
    "shares": LIVE.format(purpose="share", whom="d.lender_id = NEW.lender_id").replace(
        "AND c.given",
        "AND c.given AND c.lender_id = NEW.lender_id "
        "AND NEW.person_id = (SELECT s.person_id FROM scores s WHERE s.id = NEW.score_id)",
    ),
}
KEPT = "receipt, person_id, query_id, at"  # of a score; its sealed part is sealed anew when a key changes
FIXED = ("consents", "shares", "audit")
# INSERT OR REPLACE, which only SQLite has, would pass by what refuses changes
TAKEN = {
    "consents": "SELECT 1 FROM consents WHERE id = NEW.id",
    "shares": "SELECT 1 FROM shares WHERE id = NEW.id",
    "scores": "SELECT 1 FROM scores WHERE id = NEW.id OR query_id = NEW.query_id",
}
NEXT = "NEW.id <> (SELECT COALESCE(MAX(id), 0) + 1 FROM audit)"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _sqlite()
    else:
        _postgresql()


def _sqlite() -> None:
    for table, live in RESTING.items():
        op.execute(
            f"CREATE TRIGGER {table}_rest_on_consent BEFORE INSERT ON {table} WHEN NOT {live} "
            "BEGIN SELECT RAISE(ABORT, 'no live receipt'); END"
        )
    for table in FIXED:
        op.execute(
            f"CREATE TRIGGER {table}_never_change BEFORE UPDATE ON {table} "
            "BEGIN SELECT RAISE(ABORT, 'nothing here is changed'); END"
        )
    op.execute(
        f"CREATE TRIGGER scores_keep_their_receipt BEFORE UPDATE OF {KEPT} ON scores "
        "BEGIN SELECT RAISE(ABORT, 'nothing here is changed'); END"
    )
    for table, taken in TAKEN.items():
        op.execute(
            f"CREATE TRIGGER {table}_replace_none BEFORE INSERT ON {table} "
            f"WHEN EXISTS ({taken}) "
            "BEGIN SELECT RAISE(ABORT, 'nothing here is changed'); END"
        )
    op.execute(  # the same of the trail
        f"CREATE TRIGGER audit_only_grows BEFORE INSERT ON audit WHEN {NEXT} "
        "BEGIN SELECT RAISE(ABORT, 'only the next row is added'); END"
    )
    op.execute(
        "CREATE TRIGGER audit_never_shrink BEFORE DELETE ON audit "
        "BEGIN SELECT RAISE(ABORT, 'nothing here is deleted'); END"
    )


def _postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION 'nothing here is changed' USING ERRCODE = 'restrict_violation'; END $$"
    )
    # a withdrawal and a use of the same person's consent happen one after the other, never side by side
    op.execute(
        "CREATE FUNCTION one_at_a_time() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN PERFORM 1 FROM people WHERE id = NEW.person_id FOR NO KEY UPDATE; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER consents_one_at_a_time BEFORE INSERT ON consents "
        "FOR EACH ROW EXECUTE FUNCTION one_at_a_time()"
    )
    for table, live in RESTING.items():
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
    op.execute(
        f"CREATE TRIGGER scores_keep_their_receipt BEFORE UPDATE OF {KEPT} ON scores "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    for table in FIXED:
        op.execute(
            f"CREATE TRIGGER {table}_never_change BEFORE UPDATE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        f"CREATE FUNCTION only_the_next() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {NEXT} THEN "
        "RAISE EXCEPTION 'only the next row is added' USING ERRCODE = 'restrict_violation'; "
        "END IF; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_only_grows BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION only_the_next()"
    )
    op.execute(
        "CREATE TRIGGER audit_never_empty BEFORE TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER audit_never_shrink BEFORE DELETE ON audit "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    postgresql = op.get_bind().dialect.name != "sqlite"
    triggers = [
        ("audit_never_shrink", "audit"),
        ("audit_only_grows", "audit"),
        *((f"{table}_never_change", table) for table in FIXED),
    ]
    triggers += [("scores_keep_their_receipt", "scores")]
    triggers += [(f"{table}_rest_on_consent", table) for table in RESTING]
    if postgresql:
        triggers += [("consents_one_at_a_time", "consents"), ("audit_never_empty", "audit")]
    else:
        triggers += [(f"{table}_replace_none", table) for table in TAKEN]
    for trigger, table in triggers:
        op.execute(f"DROP TRIGGER {trigger}" + (f" ON {table}" if postgresql else ""))
    if postgresql:
        for name in (
            "refuse_change",
            "one_at_a_time",
            "only_the_next",
            *(f"{table}_rest_on_consent" for table in RESTING),
        ):
            op.execute(f"DROP FUNCTION {name}()")
