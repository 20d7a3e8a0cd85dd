# One image for all apps: the command chooses which one runs, `node dist/apps/<app>/main.js`.
ARG NODE_IMAGE=node:24-bookworm-slim

# What npm installs from, and nothing else: the stages that install copy from here, so an edit of source leaves their
# layers as they are. No list of workspaces to keep up to date.
FROM ${NODE_IMAGE} AS manifests
WORKDIR /app
COPY . .
RUN find . -type f ! -name package.json ! -name package-lock.json -delete && find . -type d -empty -delete

FROM ${NODE_IMAGE} AS production
WORKDIR /app
COPY --from=manifests /app .
# Optional too: npm takes an optional peer, as TypeORM is of terminus, for a production dependency.
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY --from=manifests /app .
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --no-audit --no-fund
COPY . .
# The production stage brings the manifests; what is left of libs/ here is what was built.
RUN npm run build && find libs -mindepth 2 -maxdepth 2 ! -name dist -exec rm -rf {} +

FROM ${NODE_IMAGE}
# By this label `make build` finds the image that it has replaced.
LABEL com.hot-config.image=true
# Others reach a container by its addresses only.
ENV NODE_ENV=production HOST=0.0.0.0
WORKDIR /app
# A named volume mounted here starts with this owner, so that the user below can write the last known good.
RUN mkdir /last-known-good && chown node:node /last-known-good
COPY --from=production /app .
COPY --from=build /app/libs libs
COPY --from=build /app/dist dist
USER node
