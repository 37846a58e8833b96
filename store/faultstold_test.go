package store

import (
	"errors"
	"testing"
)

func TestFaultsOfTheQueueAreTold(t *testing.T) {
	t.Parallel()
	var told []FaultKind
	db := openIn(t, Options{Dir: t.TempDir(), Failed: func(f *Fault) { told = append(told, f.Kind) }})
	full := &Fault{Kind: FaultFull, Path: "queue.db", Err: errors.New("disk full")}
	if err := db.Write(t.Context(), func(*Tx) error { return full }); !errors.Is(err, full) {
		t.Errorf("Write = %v", err)
	}
	if err := db.Read(t.Context(), func(*Tx) error { return full }); !errors.Is(err, full) {
		t.Errorf("Read = %v", err)
	}
	// What is no fault of the files is nobody's to hear.
	if err := db.Read(t.Context(), func(*Tx) error { return ErrCursor }); !errors.Is(err, ErrCursor) {
		t.Errorf("Read = %v", err)
	}
	if len(told) != 2 || told[0] != FaultFull {
		t.Errorf("told of %v, want two full disks", told)
	}
}
