#!/bin/sh
# Builds the Pulumi CLI and its Python plugins from their Go modules: build.sh VERSION MODULE FOLDER
# MODULE is the folder next to this file that pins the version.
set -eu
version=$1
module=$2
folder=$3

cd "$(dirname "$0")/$module"
echo "step 1 of 3: downloading the modules"
go list -deps github.com/pulumi/pulumi/pkg/v3/cmd/pulumi >/dev/null

echo "step 2 of 3: compiling the engine and the CLI"
go build -ldflags "-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v$version" \
    -o "$folder/pulumi" github.com/pulumi/pulumi/pkg/v3/cmd/pulumi

# Both are scripts that come with the SDK; the language host looks for them on PATH.
sdk=$(go list -m -f '{{.Dir}}' github.com/pulumi/pulumi/sdk/v3)/python
cp "$sdk/cmd/pulumi-language-python-exec" "$sdk/dist/pulumi-resource-pulumi-python" "$folder"

echo "step 3 of 3: the Python language host"
cd ../language-host
go build -ldflags "-s -w" \
    -o "$folder/pulumi-language-python" github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python

# Go's module cache is read-only, and so are copies out of it.
chmod 755 "$folder"/*
