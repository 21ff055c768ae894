//go:build pin

// Package pin keeps `go mod tidy` from dropping the requirements of Pulumi's Python language host.
// v3.70.0 is the last SDK release that has it as a plain package; its requirements clash with the engine's.
package pin

import _ "github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python"
