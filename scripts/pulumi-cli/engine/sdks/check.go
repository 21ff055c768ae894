package main

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"

	"golang.org/x/tools/go/packages"
)

// checkGo finds what keeps the module in the folder, and the SDK below it, from being compiled.
// It takes seconds; `go build` takes minutes, since it compiles everything that Pulumi's SDK imports.
func checkGo(folder string) error {
	folder, err := filepath.EvalSymlinks(folder)
	if err == nil {
		folder, err = filepath.Abs(folder)
	}
	if err != nil {
		return err
	}
	config := &packages.Config{
		Dir: folder,
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedDeps |
			packages.NeedSyntax | packages.NeedTypes | packages.NeedTypesInfo,
		ParseFile: func(files *token.FileSet, name string, text []byte) (*ast.File, error) {
			file, err := parser.ParseFile(files, name, text, parser.SkipObjectResolution)
			if file != nil && !isBelow(folder, name) {
				dropBodies(file)
			}
			return file, err
		},
	}
	roots, err := packages.Load(config, "./...")
	if err != nil {
		return err
	}
	if len(roots) == 0 {
		return errors.New("there is no Go package in " + folder)
	}
	var problems []error
	packages.Visit(roots, nil, func(pkg *packages.Package) {
		own := isBelow(folder, pkg.Dir)
		for _, problem := range pkg.Errors {
			// Of the others, what Go can't find counts, and what is newer than the Go that built this program.
			if own || problem.Kind == packages.ListError || strings.Contains(problem.Msg, "requires newer Go version") {
				problems = append(problems, problem)
			}
		}
	})
	return errors.Join(problems...)
}

func isBelow(folder, path string) bool {
	return path == folder || strings.HasPrefix(path, folder+string(filepath.Separator))
}

// dropBodies leaves what other packages see of a file. An import is not used then, which is an error of that package
// that nobody reads.
func dropBodies(file *ast.File) {
	for _, declaration := range file.Decls {
		if function, ok := declaration.(*ast.FuncDecl); ok {
			function.Body = nil
		}
	}
}
