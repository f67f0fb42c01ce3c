#!/usr/bin/env bash
# Makes the secrets that deploy/compose.yaml mounts, once: what is there stays.
# Nothing has a default password. Keep the folder out of every repository and back-up
# that others read.
set -euo pipefail

cd "$(dirname "$0")"
umask 077
mkdir -p secrets
cd secrets

new() { head -c 24 /dev/urandom | base64 | tr '+/' '-_'; }
once() { [ -s "$1" ] || printf '%s' "$2" >"$1"; }

once postgres_password "$(new)"
once admin_database_url \
    "postgresql://postgres:$(cat postgres_password)@postgres:5432/selfcare"
for service in portal_gateway provisioning forwarding outage_watcher; do
    once "${service}_database_url" \
        "postgresql://$service:$(new)@postgres:5432/selfcare"
done
once grafana_admin_password "$(new)"
once canary_secret "$(new)"
once sources.json "{\"alertmanager\": \"$(new)\", \"operator\": \"$(new)\", \"canary\": \"$(cat canary_secret)\"}"
grep -q '"canary"' sources.json ||
    printf 'Add "canary": "…" with the text of canary_secret to sources.json\n'

# With a key, customers and staff may have a second factor. It must not be lost: what
# it encrypts cannot be read without it.
once portal_gateway_secret_keys "$(head -c 32 /dev/urandom | base64 | tr '+/' '-_')"
# What others give out: the switch, the mail server, the SMS provider. Write it here.
for given in forwarding_switch_key portal_gateway_smtp_password portal_gateway_sms_token; do
    [ -e "$given" ] || : >"$given"
done

# Containers read them as another user; the folder itself stays closed to others.
chmod 644 ./*
printf 'Secrets are in %s\n' "$PWD"
