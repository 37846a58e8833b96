package cli

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"testing"
	"time"

	"countersign/workflow"
)

func TestNothingInABundleIsOfTheFuture(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 21, 12, 0, 0, 700_000_000, time.UTC)
	body, err := archive([]workflow.BundleFile{{Name: "log.jsonl", Body: []byte("{}\n")}}, at)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	h, err := tar.NewReader(packed).Next()
	if err != nil || h.ModTime.After(at) {
		t.Errorf("at %v it is of %v, %v: tar warns whoever unpacks it", at, h.ModTime, err)
	}
}
