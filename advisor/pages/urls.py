"""The addresses of the buyer's pages."""

from django.urls import path

from advisor.pages.views import (
    changes,
    history,
    offerings,
    portfolio,
    reports,
    runs,
    sign_in,
    steps,
    workloads,
)

app_name = "pages"

urlpatterns = [
    path("", portfolio.portfolio, name="portfolio"),
    path("organization/", sign_in.choose_organization, name="organization"),
    path("workloads/<uuid:workload_id>/", workloads.workload, name="workload"),
    path("workloads/<uuid:workload_id>/ask/", workloads.ask, name="ask"),
    path(
        "workloads/<uuid:workload_id>/limits/",
        workloads.save_limits,
        name="save_limits",
    ),
    path("workloads/<uuid:workload_id>/what-if/", workloads.what_if, name="what_if"),
    path("workloads/<uuid:workload_id>/history/", history.history, name="history"),
    path(
        "recommendations/<uuid:recommendation_id>/changes/",
        changes.changes,
        name="changes",
    ),
    path("recommendations/<uuid:recommendation_id>/step/", steps.step, name="step"),
    path("offerings/<uuid:offering_id>/", offerings.offering, name="offering"),
    path("reports/", reports.reports, name="reports"),
    path("reports/now/", reports.report_now, name="report_now"),
    path("reports/now/edition/", reports.edition_now, name="edition_now"),
    path("reports/<uuid:report_id>/", reports.report, name="report"),
    path(
        "reports/<uuid:report_id>/edition/<str:locale>/",
        reports.edition,
        name="edition",
    ),
    path("runs/", runs.runs, name="runs"),
    path("runs/<uuid:run_id>/", runs.run, name="run"),
    path("runs/<uuid:run_id>/progress/", runs.run_progress, name="run_progress"),
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-in/link/<str:token>/", sign_in.sign_in_by_link, name="sign_in_link"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
]
