package store

import (
	"testing"

	"countersign/model"
)

// TestTasksForTheProgramAreNamedExactlyAndNobodys lists what may be carried out
// without a person: everything else is left to one.
func TestTasksForTheProgramAreNamedExactlyAndNobodys(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change string // of the one task there is
		want   int
	}{
		{"named exactly, and nobody's", "UPDATE task SET id = id", 1},
		{"described only", "UPDATE request SET target_uid = ''", 0},
		{"somebody has it", "UPDATE task SET assignee = (SELECT id FROM person LIMIT 1), state = 2", 0},
		{"not to be automatic", "UPDATE request SET fulfilment = 'task'", 0},
		{"not approved yet", "UPDATE request SET state = 'requested'", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			db, _ := world(t)
			r := addRequest(t, db, func(r *model.Request) { r.State, r.Policy.Fulfilment = model.InProcess, model.FulfilAutomatic })
			addTask(t, db, r)
			write(t, db, func(tx *Tx) error { _, err := tx.exec(tt.change); return err })
			read(t, db, func(tx *Tx) error {
				got, err := tx.AutomaticTasks(10)
				if len(got) != tt.want {
					t.Errorf("%v, want %d", got, tt.want)
				}
				return err
			})
		})
	}
}
