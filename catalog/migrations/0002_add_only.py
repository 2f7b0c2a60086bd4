from django.db import migrations

from accounts.add_only import forbid_changes

ADD_ONLY_TABLES = (
    "catalog_cataloguechange",
    "catalog_contractterm",
    "catalog_fxrate",
    "catalog_modelfacts",
    "catalog_offeringfacts",
    "catalog_price",
    "catalog_publishedscore",
)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_add_only"), ("catalog", "0001_initial")]

    operations = [forbid_changes(table) for table in ADD_ONLY_TABLES]
