FROM python:3.11-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /venv
COPY requirements.lock /tmp/requirements.lock
RUN /venv/bin/pip install --no-compile -r /tmp/requirements.lock

FROM python:3.11-slim
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    OPENBLAS_NUM_THREADS=1 \
    DJANGO_SETTINGS_MODULE=advisor.settings \
    STATIC_ROOT=/srv/static
RUN useradd --system --uid 10001 --home-dir /srv/rightsize rightsize
COPY --from=build /venv /venv
WORKDIR /srv/rightsize
COPY manage.py pyproject.toml ./
COPY accounts accounts
COPY advisor advisor
COPY benchmarks benchmarks
COPY catalog catalog
COPY workloads workloads
# Settings insist on these three; making and collecting files uses none of them.
RUN export SECRET_KEY=unused DATABASE_URL=postgres://unused/unused \
        REDIS_URL=redis://unused RIGHTSIZE_STATE=/tmp/state \
    && python manage.py make_chart_library \
    && python manage.py collectstatic --noinput --verbosity 0 \
    && rm -r /tmp/state
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=4s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/livez', timeout=3)"]
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", \
     "--workers", "2", "--blocking-threads", "4", "advisor.wsgi:application"]
