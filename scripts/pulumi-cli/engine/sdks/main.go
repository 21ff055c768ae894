// Makes and checks SDKs where there are no language hosts for it:
//
//	sdks generate SCHEMA FOLDER
//	sdks check-go FOLDER
//
// It is kept next to the CLI that it was built with. After a change here, remove it there.
package main

import (
	"fmt"
	"os"
)

func main() {
	arguments := os.Args[1:]
	var err error
	switch {
	case len(arguments) == 3 && arguments[0] == "generate":
		err = generateAll(arguments[1], arguments[2])
	case len(arguments) == 2 && arguments[0] == "check-go":
		err = checkGo(arguments[1])
	default:
		err = fmt.Errorf("usage: sdks generate SCHEMA FOLDER, or sdks check-go FOLDER")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
