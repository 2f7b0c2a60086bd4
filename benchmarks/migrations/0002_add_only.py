from django.db import migrations

from accounts.add_only import forbid_changes, forbid_changes_once


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_add_only"), ("benchmarks", "0001_initial")]

    operations = [
        forbid_changes("benchmarks_performancechange"),
        forbid_changes_once("benchmarks_benchmarkrun", "closed_at"),
    ]
