"""Give every recommendation that was kept before a life of its own; safe to re-run."""

from django.db import migrations

# The newest of each workload is active, the others were superseded by the next one.
_LIVES = """
WITH stands AS (
    SELECT id, organization_id, workload_id, created_at,
        lead(created_at) OVER (PARTITION BY workload_id ORDER BY created_at, id) AS next
    FROM recommendations_recommendation
)
INSERT INTO recommendations_recommendationlife
    (recommendation_id, organization_id, workload_id, state, version, changed_at)
SELECT id, organization_id, workload_id,
    CASE WHEN next IS NULL THEN 'active' ELSE 'superseded' END,
    CASE WHEN next IS NULL THEN 1 ELSE 2 END,
    coalesce(next, created_at)
FROM stands
ON CONFLICT DO NOTHING;
"""
_FIRST = """
INSERT INTO recommendations_transition
    (organization_id, recommendation_id, version, from_state, to_state, at, reason, note)
SELECT organization_id, id, 1, '', 'active', created_at, '', ''
FROM recommendations_recommendation
ON CONFLICT DO NOTHING;
"""
_SUPERSEDED = """
INSERT INTO recommendations_transition
    (organization_id, recommendation_id, version, from_state, to_state, at, reason, note)
SELECT organization_id, recommendation_id, 2, 'active', 'superseded', changed_at, '', ''
FROM recommendations_recommendationlife
WHERE state = 'superseded'
ON CONFLICT DO NOTHING;
"""


class Migration(migrations.Migration):
    dependencies = [("recommendations", "0002_life_and_watch")]

    operations = [
        migrations.RunSQL([_LIVES, _FIRST, _SUPERSEDED], migrations.RunSQL.noop)
    ]
