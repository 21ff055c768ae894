//go:build pin

// Package pin names the program to build, so that `go mod tidy` keeps it; it is never compiled.
package pin

import _ "github.com/opentofu/opentofu/cmd/tofu"
