package workflow_test

import (
	"flag"
	"testing"
)

func TestMain(m *testing.M) {
	// The longest of these tests wait for workers in other processes most of the
	// time, which takes no processor.
	if err := flag.Set("test.parallel", "4"); err != nil {
		panic(err)
	}
	m.Run()
}
