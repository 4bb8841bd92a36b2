# Operator and worker of pgcairn.
#
#   npm run images -- build                        builds both, with docker or buildah, also without a registry
#   docker build --target worker -t NAME .         does the same by hand, after `npm run images -- bundle`
#
# BASE        glibc 2.34 or newer with libstdc++; with CLIENTS=tree also the libraries, certificates and time zones
#             that the clients need
# NODE        image: Node 24 from NODE_IMAGE; npm: from node_modules/node-linux-*
# CLIENTS     apt: PostgreSQL's own packages of every major, side by side; tree: the folder dist/clients
#
# /usr/lib/pgcairn/busybox is a shell that needs no library: drills run it in images of other people.
ARG BASE=debian:trixie-slim
ARG NODE_IMAGE=node:24-trixie-slim
ARG NODE=image
ARG CLIENTS=apt

FROM ${NODE_IMAGE} AS node-image

FROM scratch AS node-npm
COPY --chmod=755 node_modules/node-linux-*/bin/node /usr/local/bin/

FROM node-${NODE} AS node

FROM ${BASE} AS clients-apt
RUN set -eu; \
    apt-get update; \
    apt-get install -y --no-install-recommends busybox-static ca-certificates postgresql-common tzdata; \
    install -D /bin/busybox /tree/usr/lib/pgcairn/busybox; \
    sh /usr/share/postgresql-common/pgdg/*.sh -y; \
    for major in 14 15 16 17 18; do \
      apt-get install -y --no-install-recommends "postgresql-client-$major"; \
      for program in pg_dump pg_dumpall pg_restore psql; do \
        install -D "/usr/lib/postgresql/$major/bin/$program" "/tree/usr/lib/postgresql/$major/bin/$program"; \
      done; \
    done; \
    ldd /tree/usr/lib/postgresql/*/bin/* | awk '$3 ~ "^/" { print $3 }' | sort -u | \
      while read -r library; do install -D "$library" "/tree$library"; done; \
    install -D /etc/ssl/certs/ca-certificates.crt /tree/etc/ssl/certs/ca-certificates.crt; \
    mkdir -p /tree/usr/share; \
    cp -a /usr/share/zoneinfo /tree/usr/share/

FROM scratch AS clients-tree
COPY dist/clients /tree/usr/lib/postgresql
COPY --chmod=755 dist/busybox /tree/usr/lib/pgcairn/busybox

FROM clients-${CLIENTS} AS clients

FROM ${BASE} AS base
COPY --from=node /usr/local/bin/node /usr/local/bin/node
ENV NODE_ENV=production
WORKDIR /app
USER 10001:10001
ENTRYPOINT ["node", "/app/pgcairn.mjs"]

FROM base AS operator
COPY --chmod=444 dist/pgcairn.mjs /app/pgcairn.mjs
CMD ["operator"]

FROM base AS worker
COPY --from=clients /tree/ /
COPY --chmod=444 dist/pgcairn.mjs /app/pgcairn.mjs
CMD ["worker"]
