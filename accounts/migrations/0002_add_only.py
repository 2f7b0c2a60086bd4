from django.db import migrations

from accounts.add_only import forbid_changes


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [forbid_changes("accounts_auditevent")]
