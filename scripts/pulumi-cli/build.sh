#!/bin/sh
# Builds from Go modules what the folder does not hold yet of the Pulumi CLI and its plugins: build.sh VERSION MODULE FOLDER
# MODULE is the folder next to this file that pins the version.
set -eu
version=$1
module=$2
folder=$3

# build PROGRAM PACKAGE [LINKER OPTIONS]
build() {
    [ -x "$folder/$1" ] || go build -ldflags "-s -w ${3-}" -o "$folder/$1" "$2"
}

cli=github.com/pulumi/pulumi/pkg/v3/cmd/pulumi
yaml=github.com/pulumi/pulumi-yaml
cd "$(dirname "$0")/$module"
echo "step 1 of 5: downloading the modules"
go list -deps $cli >/dev/null

echo "step 2 of 5: compiling the engine and the CLI"
build pulumi $cli "-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v$version"

# Both are scripts that come with the SDK; the language host looks for them on PATH.
sdk=$(go list -m -f '{{.Dir}}' github.com/pulumi/pulumi/sdk/v3)/python
cp -f "$sdk/cmd/pulumi-language-python-exec" "$sdk/dist/pulumi-resource-pulumi-python" "$folder"

# What goes with any version of the CLI.
cd ../engine
echo "step 3 of 5: the YAML language host"
build pulumi-language-yaml $yaml/cmd/pulumi-language-yaml \
    "-X $yaml/pkg/version.Version=$(go list -m -f '{{.Version}}' $yaml)"

echo "step 4 of 5: the generator of SDKs"
[ "$module" != engine ] || build sdks ./sdks

echo "step 5 of 5: the Python language host"
cd ../language-host
build pulumi-language-python github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python

# Go's module cache is read-only, and so are copies out of it.
chmod 755 "$folder"/*
