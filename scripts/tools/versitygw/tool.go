// Package tool pins versitygw: go.mod and go.sum beside it hold every version and checksum of its build.
package tool

import _ "github.com/versity/versitygw/cmd/versitygw"
