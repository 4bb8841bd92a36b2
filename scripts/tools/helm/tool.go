// Package tool pins helm: go.mod and go.sum beside it hold every version and checksum of its build.
package tool

import _ "helm.sh/helm/v4/cmd/helm"
