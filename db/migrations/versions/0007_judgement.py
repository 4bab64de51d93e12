"""samples, reviews of whole calls, scorecards, disputes, calibration

Revision: 0007, after: 0006. Made on 2026-11-22.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from quality.search_terms import index_terms

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')


def upgrade() -> None:
    op.create_table('samples',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('seed', sa.String(length=80), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.String(length=80), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_samples')),
    sa.UniqueConstraint('month', name=op.f('uq_samples_month'))
    )
    op.create_table('scorecards',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('name_zh', sa.String(length=80), nullable=False),
    sa.Column('name_en', sa.String(length=80), nullable=False),
    sa.Column('definition', JSON, nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=True),
    sa.Column('retired_from', sa.Date(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.String(length=80), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('published_by', sa.String(length=80), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_scorecards')),
    sa.UniqueConstraint('code', 'valid_from', name=op.f('uq_scorecards_code_valid_from')),
    sa.UniqueConstraint('code', 'version', name=op.f('uq_scorecards_code_version'))
    )
    op.create_table('sample_draws',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('sample_id', sa.Integer(), nullable=False),
    sa.Column('ordinal', sa.Integer(), nullable=False),
    sa.Column('drawn_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('drawn_by', sa.String(length=80), nullable=False),
    sa.Column('rulebook_version', sa.String(length=64), nullable=False),
    sa.Column('settings', JSON, nullable=False),
    sa.Column('strata', JSON, nullable=False),
    sa.ForeignKeyConstraint(['sample_id'], ['samples.id'], name=op.f('fk_sample_draws_sample_id_samples'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sample_draws')),
    sa.UniqueConstraint('sample_id', 'ordinal', name=op.f('uq_sample_draws_sample_id_ordinal'))
    )
    op.create_table('calibration_rounds',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('scorecard_id', sa.Integer(), nullable=False),
    sa.Column('expert_id', sa.Integer(), nullable=True),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('opened_by', sa.String(length=80), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_by', sa.String(length=80), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['expert_id'], ['users.id'], name=op.f('fk_calibration_rounds_expert_id_users'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['scorecard_id'], ['scorecards.id'], name=op.f('fk_calibration_rounds_scorecard_id_scorecards')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_calibration_rounds'))
    )
    op.create_table('call_notes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('call_id', sa.Integer(), nullable=False),
    sa.Column('agent_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('start_seconds', sa.Float(), nullable=True),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('author', sa.String(length=80), nullable=False),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['agent_id'], ['agents.id'], name=op.f('fk_call_notes_agent_id_agents')),
    sa.ForeignKeyConstraint(['call_id'], ['calls.id'], name=op.f('fk_call_notes_call_id_calls'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_call_notes_user_id_users'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_call_notes'))
    )
    op.create_index('ix_call_notes_agent_id', 'call_notes', ['agent_id'], unique=False)
    op.create_index('ix_call_notes_call_id', 'call_notes', ['call_id'], unique=False)

    op.create_table('sample_calls',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('sample_id', sa.Integer(), nullable=False),
    sa.Column('call_id', sa.Integer(), nullable=False),
    sa.Column('stratum', sa.String(length=60), nullable=False),
    sa.Column('wave', sa.Integer(), nullable=False),
    sa.Column('number', sa.Float(), nullable=False),
    sa.Column('weight', sa.Float(), nullable=False),
    sa.Column('probability', sa.Float(), nullable=False),
    sa.Column('is_drawn', sa.Boolean(), nullable=False),
    sa.Column('is_blind', sa.Boolean(), nullable=False),
    sa.Column('blind_probability', sa.Float(), nullable=False),
    sa.Column('reason', sa.String(length=20), nullable=False),
    sa.Column('draw_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['call_id'], ['calls.id'], name=op.f('fk_sample_calls_call_id_calls'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['draw_id'], ['sample_draws.id'], name=op.f('fk_sample_calls_draw_id_sample_draws')),
    sa.ForeignKeyConstraint(['sample_id'], ['samples.id'], name=op.f('fk_sample_calls_sample_id_samples'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sample_calls')),
    sa.UniqueConstraint('sample_id', 'call_id', name=op.f('uq_sample_calls_sample_id_call_id'))
    )
    op.create_index('ix_sample_calls_call_id', 'sample_calls', ['call_id'], unique=False)
    op.create_index('ix_sample_calls_drawn', 'sample_calls', ['sample_id', 'is_drawn'], unique=False)

    op.create_table('calibration_calls',
    sa.Column('round_id', sa.Integer(), nullable=False),
    sa.Column('call_id', sa.Integer(), nullable=False),
    sa.Column('ordinal', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['call_id'], ['calls.id'], name=op.f('fk_calibration_calls_call_id_calls'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['round_id'], ['calibration_rounds.id'], name=op.f('fk_calibration_calls_round_id_calibration_rounds'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('round_id', 'call_id', name=op.f('pk_calibration_calls'))
    )
    op.create_table('calibration_members',
    sa.Column('round_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['round_id'], ['calibration_rounds.id'], name=op.f('fk_calibration_members_round_id_calibration_rounds'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_calibration_members_user_id_users'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('round_id', 'user_id', name=op.f('pk_calibration_members'))
    )
    op.create_table('call_reviews',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('call_id', sa.Integer(), nullable=False),
    sa.Column('inspection_id', sa.Integer(), nullable=True),
    sa.Column('sample_call_id', sa.Integer(), nullable=True),
    sa.Column('round_id', sa.Integer(), nullable=True),
    sa.Column('purpose', sa.String(length=12), nullable=False),
    sa.Column('is_blind', sa.Boolean(), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('reviewer_id', sa.Integer(), nullable=True),
    sa.Column('reviewer', sa.String(length=80), nullable=False),
    sa.Column('claimed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('claimed_until', sa.DateTime(timezone=True), nullable=False),
    sa.Column('judged_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('scorecard_id', sa.Integer(), nullable=True),
    sa.Column('answers', JSON, nullable=False),
    sa.Column('machine_score', sa.Numeric(precision=5, scale=1), nullable=True),
    sa.Column('score', sa.Numeric(precision=5, scale=1), nullable=True),
    sa.Column('is_failed', sa.Boolean(), nullable=False),
    sa.Column('receipt', JSON, nullable=False),
    sa.Column('comment', sa.Text(), nullable=False),
    sa.Column('stands', sa.Boolean(), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['call_id'], ['calls.id'], name=op.f('fk_call_reviews_call_id_calls'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['inspection_id'], ['inspections.id'], name=op.f('fk_call_reviews_inspection_id_inspections'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['reviewer_id'], ['users.id'], name=op.f('fk_call_reviews_reviewer_id_users'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['round_id'], ['calibration_rounds.id'], name=op.f('fk_call_reviews_round_id_calibration_rounds'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['sample_call_id'], ['sample_calls.id'], name=op.f('fk_call_reviews_sample_call_id_sample_calls'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['scorecard_id'], ['scorecards.id'], name=op.f('fk_call_reviews_scorecard_id_scorecards')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_call_reviews'))
    )
    op.create_index('ix_call_reviews_call_id', 'call_reviews', ['call_id'], unique=False)
    op.create_index('ix_call_reviews_finished_at', 'call_reviews', ['finished_at'], unique=False)
    op.create_index('ix_call_reviews_state', 'call_reviews', ['state', 'claimed_until'], unique=False)
    op.create_index('uq_call_reviews_claimed', 'call_reviews', ['call_id'], unique=True, sqlite_where=sa.text("state = 'claimed' AND round_id IS NULL"), postgresql_where=sa.text("state = 'claimed' AND round_id IS NULL"))
    op.create_index('uq_call_reviews_round', 'call_reviews', ['round_id', 'call_id', 'reviewer_id'], unique=True, sqlite_where=sa.text('round_id IS NOT NULL'), postgresql_where=sa.text('round_id IS NOT NULL'))
    op.create_index('uq_call_reviews_stands', 'call_reviews', ['call_id'], unique=True, sqlite_where=sa.text('stands'), postgresql_where=sa.text('stands'))

    op.create_table('added_findings',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('review_id', sa.Integer(), nullable=False),
    sa.Column('call_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('category', sa.String(length=40), nullable=False),
    sa.Column('rule', sa.String(length=80), nullable=False),
    sa.Column('segment', sa.Integer(), nullable=True),
    sa.Column('start_seconds', sa.Float(), nullable=True),
    sa.Column('end_seconds', sa.Float(), nullable=True),
    sa.Column('quote', sa.Text(), nullable=False),
    sa.Column('clauses', JSON, nullable=False),
    sa.Column('points', sa.Numeric(precision=5, scale=1), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('added_by', sa.String(length=80), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['call_id'], ['calls.id'], name=op.f('fk_added_findings_call_id_calls'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['review_id'], ['call_reviews.id'], name=op.f('fk_added_findings_review_id_call_reviews'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_added_findings'))
    )
    op.create_index('ix_added_findings_call_id', 'added_findings', ['call_id'], unique=False)
    op.create_index('ix_added_findings_review_id', 'added_findings', ['review_id'], unique=False)

    op.create_table('disputes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('call_id', sa.Integer(), nullable=False),
    sa.Column('review_id', sa.Integer(), nullable=True),
    sa.Column('agent_id', sa.Integer(), nullable=False),
    sa.Column('target', sa.String(length=80), nullable=False),
    sa.Column('finding_id', sa.Integer(), nullable=True),
    sa.Column('added_finding_id', sa.Integer(), nullable=True),
    sa.Column('criterion', sa.String(length=40), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('filed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('filed_on', sa.Date(), nullable=False),
    sa.Column('filed_by_id', sa.Integer(), nullable=True),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('decision', sa.String(length=12), nullable=False),
    sa.Column('decision_reason', sa.Text(), nullable=False),
    sa.Column('decided_by_id', sa.Integer(), nullable=True),
    sa.Column('decided_by', sa.String(length=80), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['added_finding_id'], ['added_findings.id'], name=op.f('fk_disputes_added_finding_id_added_findings'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['agent_id'], ['agents.id'], name=op.f('fk_disputes_agent_id_agents')),
    sa.ForeignKeyConstraint(['call_id'], ['calls.id'], name=op.f('fk_disputes_call_id_calls'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['decided_by_id'], ['users.id'], name=op.f('fk_disputes_decided_by_id_users'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['filed_by_id'], ['users.id'], name=op.f('fk_disputes_filed_by_id_users'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['finding_id'], ['findings.id'], name=op.f('fk_disputes_finding_id_findings'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['review_id'], ['call_reviews.id'], name=op.f('fk_disputes_review_id_call_reviews'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_disputes')),
    sa.UniqueConstraint('call_id', 'target', name=op.f('uq_disputes_call_id_target'))
    )
    op.create_index('ix_disputes_agent_id', 'disputes', ['agent_id'], unique=False)
    op.create_index('ix_disputes_filed_on', 'disputes', ['filed_on'], unique=False)
    op.create_index('ix_disputes_state', 'disputes', ['state', 'filed_at'], unique=False)
    _index_words()


def _index_words() -> None:
    """What was said is found by pairs of characters: written beside every utterance, and an index over them."""
    bind = op.get_bind()
    is_postgres = bind.dialect.name == 'postgresql'
    # Not in batch mode, and the trigger that refuses changes aside while the new column is filled.
    op.add_column('transcript_segments', sa.Column('terms', sa.Text(), server_default='', nullable=False))
    op.execute(f"DROP TRIGGER transcript_segments_are_immutable{' ON transcript_segments' if is_postgres else ''}")
    last_id = 0
    while rows := bind.execute(
        sa.text("SELECT id, text FROM transcript_segments WHERE id > :after ORDER BY id LIMIT 20000"), {'after': last_id}
    ).all():
        last_id = rows[-1].id
        terms = [index_terms(row.text) for row in rows]
        if is_postgres:
            bind.execute(
                sa.text(
                    "UPDATE transcript_segments AS said SET terms = found.terms"
                    " FROM unnest(CAST(:ids AS integer[]), CAST(:terms AS text[])) AS found (id, terms)"
                    " WHERE said.id = found.id"
                ),
                {'ids': [row.id for row in rows], 'terms': terms},
            )
        else:
            bind.execute(
                sa.text("UPDATE transcript_segments SET terms = :terms WHERE id = :id"),
                [{'id': row.id, 'terms': found} for row, found in zip(rows, terms)],
            )
    if is_postgres:
        op.execute(
            "CREATE TRIGGER transcript_segments_are_immutable BEFORE UPDATE ON transcript_segments"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.create_index(
            'ix_transcript_segments_terms', 'transcript_segments',
            [sa.text("array_to_tsvector(string_to_array(terms, ' '))")], unique=False, postgresql_using='gin',
        )
        return
    op.execute(
        "CREATE TRIGGER transcript_segments_are_immutable BEFORE UPDATE ON transcript_segments"
        " BEGIN SELECT RAISE(ABORT, 'transcript_segments rows are never changed: write a new one'); END"
    )
    op.execute(
        "CREATE VIRTUAL TABLE transcript_index USING fts5"
        "(terms, content='transcript_segments', content_rowid='id', tokenize='ascii', columnsize=0)"
    )
    op.execute("INSERT INTO transcript_index (transcript_index) VALUES ('rebuild')")
    op.execute(
        "CREATE TRIGGER transcript_index_add AFTER INSERT ON transcript_segments"
        " BEGIN INSERT INTO transcript_index (rowid, terms) VALUES (new.id, new.terms); END"
    )
    op.execute(
        "CREATE TRIGGER transcript_index_remove AFTER DELETE ON transcript_segments"
        " BEGIN INSERT INTO transcript_index (transcript_index, rowid, terms) VALUES ('delete', old.id, old.terms); END"
    )


def _drop_words() -> None:
    if op.get_bind().dialect.name == 'postgresql':
        op.drop_index('ix_transcript_segments_terms', table_name='transcript_segments')
    else:
        for trigger in ('transcript_index_add', 'transcript_index_remove'):
            op.execute(f"DROP TRIGGER {trigger}")
        op.execute("DROP TABLE transcript_index")
    op.drop_column('transcript_segments', 'terms')


def downgrade() -> None:
    _drop_words()
    op.drop_table('disputes')
    op.drop_table('added_findings')
    op.drop_table('call_reviews')
    op.drop_table('calibration_members')
    op.drop_table('calibration_calls')
    op.drop_table('sample_calls')
    op.drop_table('call_notes')
    op.drop_table('calibration_rounds')
    op.drop_table('sample_draws')
    op.drop_table('scorecards')
    op.drop_table('samples')
