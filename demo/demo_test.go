package demo_test

import (
	"testing"
	"time"

	"countersign/demo"
)

func TestStart(t *testing.T) {
	t.Parallel()
	for _, n := range []int{150, 5000} {
		began := time.Now()
		d, err := demo.Start(t.Context(), demo.Options{Requests: n, Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		t.Log(n, time.Since(began))
		r, err := d.DB.VerifyAudit(t.Context())
		t.Log(r, err)
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
