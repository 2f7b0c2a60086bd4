"""Settings of the whole service, read from the environment.

docs/operators.md explains each variable. Nothing here starts a server.
"""

import os
from decimal import Decimal
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import environ
from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.FileAwareEnv()

# What a local run keeps beside its servers: the demo's secrets, mail, pid files.
STATE_DIR = Path(env.str("RIGHTSIZE_STATE", default=str(BASE_DIR / "var")))


def required(name: str, remedy: str) -> str:
    """Return the variable `name`, or stop with a sentence that says what to set.

    `NAME_FILE` may name a file that holds the value, as container secrets do.
    """
    value = str(env.str(name, default="")).strip()
    if not value:
        raise ImproperlyConfigured(f"{name} is not set: {remedy}")
    return value


SECRET_KEY = required(
    "SECRET_KEY",
    "set it to a long random text (`make run` writes one under var/ for you).",
)
# Keys that credentials are encrypted with, newest first; unset, SECRET_KEY gives one.
ENCRYPTION_KEYS = env.list("ENCRYPTION_KEYS", default=[])
DEBUG = env.bool("DEBUG", default=False)
# Probes on the machine itself come by these two names.
LOOPBACK = ["localhost", "127.0.0.1"]
ALLOWED_HOSTS = [*env.list("ALLOWED_HOSTS", default=[]), *LOOPBACK]
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# Who may read /metrics: whoever sends this; without it, the machine itself alone.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="").strip()

# The daily look for new prices needs the internet, so it is opt-in.
PRICE_UPDATES = env.bool("PRICE_UPDATES", default=False)
# Source=address, with commas between: where it looks.
PRICE_SHEET_URLS = env.dict("PRICE_SHEET_URLS", default={})

# Networks of one's own that benchmark endpoints may be on although they are private.
OUTBOUND_ALLOWED_NETWORKS = [
    ip_network(each) for each in env.list("OUTBOUND_ALLOWED_NETWORKS", default=[])
]
# Public endpoints without TLS would get their credential in the clear.
OUTBOUND_PLAIN_HTTP = env.bool("OUTBOUND_PLAIN_HTTP", default=False)
# Benchmark runs under way at one provider at a time, all workers together.
BENCHMARK_RUNS_PER_PROVIDER = env.int("BENCHMARK_RUNS_PER_PROVIDER", default=2)
# The same for one organization: below the number of measuring processes, so that none
# keeps the others waiting; where there is one organization alone, raise it.
BENCHMARK_RUNS_PER_ORGANIZATION = env.int("BENCHMARK_RUNS_PER_ORGANIZATION", default=1)
# Runs of one organization that may wait or run at a time.
BENCHMARK_OPEN_RUNS_PER_ORGANIZATION = env.int(
    "BENCHMARK_OPEN_RUNS_PER_ORGANIZATION", default=100
)
# Questions under way at a time in one evaluation run.
EVALUATION_CALLS_AT_ONCE = env.int("EVALUATION_CALLS_AT_ONCE", default=4)
# Provider=queue, with commas between, for workers that serve one provider alone.
BENCHMARK_QUEUES = env.dict("BENCHMARK_QUEUES", default={})

# New advice is given unasked only if the spend of a workload differs by more than both:
# USD a month, and a share of what it is.
ADVICE_MATERIAL_USD_PER_MONTH = Decimal(
    env.str("ADVICE_MATERIAL_USD_PER_MONTH", default="50")
)
ADVICE_MATERIAL_SHARE = Decimal(env.str("ADVICE_MATERIAL_SHARE", default="0.05"))

INSTALLED_APPS = [
    # unfold restyles the admin's templates, so it precedes it.
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "accounts",
    "catalog",
    "workloads",
    "benchmarks",
    "advisor",
    "advisor.recommendations",
    "advisor.reports",
    "advisor.pages",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "advisor.api.redirects.SlashMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.throttling.RateLimitHeaders",
    "advisor.api.queries.PlainQueries",
    "advisor.pages.headers.PageHeaders",
]

ROOT_URLCONF = "advisor.urls"
WSGI_APPLICATION = "advisor.wsgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# Database, cache and broker

DATABASE_REMEDY = (
    "set it to postgres://user:password@host:5432/name"
    " (`make run` starts a PostgreSQL of its own)."
)
REDIS_REMEDY = "set it to redis://host:6379/0 (`make run` starts a Valkey of its own)."

DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        **env.db_url_config(required("DATABASE_URL", DATABASE_REMEDY)),
        "CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=60),
        "CONN_HEALTH_CHECKS": True,
    }
}
if "postgresql" not in DATABASES["default"]["ENGINE"]:
    raise ImproperlyConfigured(
        f"DATABASE_URL does not name a PostgreSQL server: {DATABASE_REMEDY}"
    )

REDIS_URL = required("REDIS_URL", REDIS_REMEDY)
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "rightsize",
        # A request goes on without a cache that hangs.
        "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5},
    }
}

# Celery: state is in the rows, so there is no result backend and no late
# acknowledgement; a message lost or sent twice does no harm.

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 600  # s; a lease on a row must outlast this
CELERY_TASK_SOFT_TIME_LIMIT = 540  # s
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
# A web request that cannot reach the broker must fail fast, not hang.
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.2}
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 2}
CELERY_TIMEZONE = "UTC"
# A worker takes from both unless told otherwise (`--queues`). Measuring takes minutes,
# so a busy service gives it workers of its own.
CELERY_TASK_QUEUES = {
    name: {"exchange": name, "routing_key": name} for name in ("celery", "benchmarks")
}
# Seconds that a task may go on with sending; a row is claimed for longer, so that
# nobody else takes it while its worker may still be at it.
SENDING_LIMIT_S = env.int("SENDING_LIMIT_S", default=60)
CELERY_BEAT_SCHEDULE = {
    "measure-endpoints": {
        "task": "benchmarks.tasks.tick",
        "schedule": crontab(),  # every minute
        # One that waited longer would find the next one's work.
        "options": {"expires": 55},
    },
    "look-for-new-advice": {
        "task": "advisor.recommendations.tasks.tick",
        "schedule": crontab(),  # every minute
        "options": {"expires": 55},
    },
    "prioritize-plans": {
        "task": "advisor.recommendations.tasks.prioritize_plans",
        "schedule": crontab(hour="5", minute="40"),
    },
    "look-for-new-prices": {
        "task": "catalog.tasks.look_for_new_prices",
        "schedule": crontab(hour="5", minute="10"),
    },
    "note-heartbeat": {
        "task": "advisor.pages.tasks.note_heartbeat",
        "schedule": crontab(),
        # One that waited is no sign of life.
        "options": {"expires": 55},
    },
    "make-weekly-reports": {
        "task": "advisor.reports.tasks.make_due_reports",
        "schedule": crontab(),
        "options": {"expires": 55},
    },
    "send-what-is-due": {
        "task": "advisor.reports.tasks.send_due",
        "schedule": crontab(),
        "options": {"expires": 55},
    },
    "look-for-news": {
        "task": "advisor.reports.tasks.look_for_news",
        "schedule": crontab(minute="*/3"),
        "options": {"expires": 170},
    },
    "forget-old-idempotency-records": {
        "task": "accounts.tasks.forget_old_idempotency_records",
        "schedule": crontab(hour="4", minute="40"),
    },
}

# The API

# Requests a minute that one key, or one member, may send.
API_RATE_PER_MINUTE = env.int("API_RATE_PER_MINUTE", default=600)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.ApiKeyAuthentication",
        "accounts.authentication.MemberSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.permissions.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["accounts.throttling.KeyRateThrottle"],
    "DEFAULT_PARSER_CLASSES": ["advisor.api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "advisor.api.pagination.HistoryPagination",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "advisor.api.schema.ProblemAutoSchema",
    "EXCEPTION_HANDLER": "advisor.api.problems.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Rightsize",
    "DESCRIPTION": "Which size of language model to buy, from whom, at what price.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "COMPONENT_SPLIT_REQUEST": True,
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    # The page's scripts come from our own server: it works with no internet.
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "SheetStatus": "catalog.models.SheetStatus",
        "RunStatus": "benchmarks.models.RunStatus",
        "RunBasis": "benchmarks.models.Basis",
        "LatencyBasis": "advisor.recommendations.replies.LATENCY_BASES",
        "TokenClass": "benchmarks.models.PlanTokenClass",
        "AlertKind": "advisor.reports.models.AlertKind",
        "DeliveryState": "advisor.reports.models.DeliveryState",
        "RecommendationState": "advisor.recommendations.models.State",
        "DismissalReason": "advisor.recommendations.models.DismissalReason",
        "FloorKind": "advisor.recommendations.replies.FLOOR_KINDS",
        "StrategyKind": "advisor.recommendations.running_replies.KINDS",
        "UnprovenReason": "advisor.recommendations.running_replies.GAPS",
    },
    # The page would otherwise ask a public server to validate the document.
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "advisor.api.schema.add_headers",
    ],
}

# The largest price map in public use is under 2 MB.
DATA_UPLOAD_MAX_MEMORY_SIZE = env.int("MAX_BODY_BYTES", default=10 * 1024 * 1024)

# Language, time, static files, mail

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

STATIC_URL = "static/"
# An image collects its files at build time; without that they are served from
# the apps' own folders, so a fresh clone needs no such step.
STATIC_ROOT = env.str("STATIC_ROOT", default="") or None
WHITENOISE_USE_FINDERS = STATIC_ROOT is None
# Where `make_chart_library` writes what `collectstatic` or a local server takes.
BUILT_STATIC = STATE_DIR / "static"
STATICFILES_DIRS = [BUILT_STATIC] if BUILT_STATIC.is_dir() else []
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}

# The address of the service in mails, as a browser elsewhere must write it.
PUBLIC_URL = env.str("PUBLIC_URL", default="http://localhost:8000").rstrip("/")

# Nothing leaves a fresh machine: mails are written into files, one a connection.
mail = env.email_url("EMAIL_URL", default="filemail://")
vars().update(mail)
EMAIL_FILE_PATH = mail["EMAIL_FILE_PATH"] or str(STATE_DIR / "outbox")
if mail["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend":
    # The same, and it says when a message is about to leave.
    EMAIL_BACKEND = "advisor.reports.channels.smtp.EmailBackend"
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=10)  # s, for each step of SMTP
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="rightsize@localhost")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# A provider with an API of its own, by django-anymail's name, instead of SMTP; what
# it needs is taken from variables that begin with its name (MAILGUN_API_KEY).
EMAIL_PROVIDER = env.str("EMAIL_PROVIDER", default="").strip().lower()
EMAIL_PROVIDERS = (
    *("brevo", "mailersend", "mailgun", "mailjet", "mandrill", "postal", "postmark"),
    *("resend", "sendgrid", "sparkpost", "unisender_go"),
)
ANYMAIL: dict[str, Any] = {}
if EMAIL_PROVIDER:
    if EMAIL_PROVIDER not in EMAIL_PROVIDERS:
        raise ImproperlyConfigured(
            f"EMAIL_PROVIDER is {EMAIL_PROVIDER!r}: set it to one of"
            f" {', '.join(EMAIL_PROVIDERS)}, or unset it to send by EMAIL_URL."
        )
    EMAIL_BACKEND = f"anymail.backends.{EMAIL_PROVIDER}.EmailBackend"
    INSTALLED_APPS.append("anymail")
    ANYMAIL = {
        name: env.str(name)
        for name in {each.removesuffix("_FILE") for each in os.environ}
        if name.startswith(f"{EMAIL_PROVIDER.upper()}_")
    }
    ANYMAIL["REQUESTS_TIMEOUT"] = EMAIL_TIMEOUT
    # Notices of bounces are believed only from who knows it, as `name:password`.
    ANYMAIL["WEBHOOK_SECRET"] = required(
        "EMAIL_WEBHOOK_SECRET",
        "set it to name:password, both long and random, and enter it at the provider.",
    )

# Safety

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

LOGIN_URL = "pages:sign_in"
LOGIN_REDIRECT_URL = "pages:portfolio"
# A link in a mail signs its reader in for this long, unless the password changes.
SIGN_IN_LINK_HOURS = env.int("SIGN_IN_LINK_HOURS", default=72)
# People may also sign in at a provider of one's own (OpenID Connect).
OIDC_ISSUER = env.str("OIDC_ISSUER", default="")
OIDC_NAME = env.str("OIDC_NAME", default="single sign-on")
SOCIALACCOUNT_ADAPTER = "advisor.pages.single_sign_on.Adapter"
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {"openid_connect": {"APPS": []}}
if OIDC_ISSUER:
    oidc_remedy = "take it from the registration at the provider, or unset OIDC_ISSUER."
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "oidc",
                "name": OIDC_NAME,
                "client_id": required("OIDC_CLIENT_ID", oidc_remedy),
                "secret": required("OIDC_CLIENT_SECRET", oidc_remedy),
                "settings": {"server_url": OIDC_ISSUER},
            }
        ],
    }
# Its tables are asked for a person's name where it has one.
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_EMAIL_VERIFICATION = "none"

HTTPS_ONLY = env.bool("HTTPS_ONLY", default=not DEBUG)
SECURE_SSL_REDIRECT = HTTPS_ONLY
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS_ONLY else 0
SESSION_COOKIE_SECURE = HTTPS_ONLY
CSRF_COOKIE_SECURE = HTTPS_ONLY
# Only a proxy that sets this header itself may be trusted to have set it.
if env.bool("TRUST_FORWARDED_PROTO", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

UNFOLD = {
    "SITE_TITLE": "Rightsize",
    "SITE_HEADER": "Rightsize",
    "SHOW_HISTORY": True,
    "LOGIN": {"form": "accounts.admin_sign_in.CountedAuthenticationForm"},
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "advisor.pages.operations.dashboard.dashboard",
}

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO").upper()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}
    },
    "filters": {"tokens": {"()": "accounts.token_logging.MaskTokens"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["tokens"],
        }
    },
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        # A line per run also where a worker itself is told to be quiet.
        "benchmarks": {"level": LOG_LEVEL},
        # It would log the addresses of webhooks, which may hold a secret.
        "httpx": {"level": "WARNING"},
    },
}
