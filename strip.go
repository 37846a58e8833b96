//go:build !debug

package main

// A plain build leaves out what only a debugger reads, which is a quarter of it.
// Traces of a panic and profiles need none of that; for a debugger, build with
// -tags debug.

// #cgo linux LDFLAGS: -Wl,-s
import "C"
