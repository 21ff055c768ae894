//go:build pin

// Package pin keeps `go mod tidy` from dropping the requirements of the Pulumi engine and CLI.
// `go install module@version` refuses them, since their module has replace lines.
package pin

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
