// Command countersign is a console in which people request access to secrets in a
// Keeper vault, approve it, and carry it out.
package main

import (
	"os"

	"countersign/cli"
)

func main() { os.Exit(cli.Main()) }
