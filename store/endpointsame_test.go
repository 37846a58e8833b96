package store

import (
	"fmt"
	"testing"
	"time"

	"countersign/model"
)

func TestEarlierEndpointsAreTheSameInWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	db, c := world(t)
	request := func(n int, user, file, command string, complete bool) model.EndpointRequest {
		return model.EndpointRequest{UID: model.UID(fmt.Sprintf("%022d", n)), Kind: "CommandLine", State: model.EndpointPending, User: user,
			Complete: complete, Created: c.Now(), Seen: c.Now(), Facts: []model.Fact{{Group: "application", Key: "FileName", Value: file},
				{Group: "application", Key: "CommandLine", Value: command}}}
	}
	var ids []int64
	write(t, db, func(tx *Tx) error {
		for i, e := range []model.EndpointRequest{request(1, "Zoe", "a.exe", "/x", true), request(2, "zoe", "b.exe", "/x", true),
			request(3, "max", "A.EXE", "", true), request(4, "zoe", "a.exe", "/x", false)} {
			id, err := tx.InsertEndpoint(e)
			if err != nil {
				return err
			}
			if ids = append(ids, id); i == 1 {
				e.ID, e.Revision, e.State, e.Ended = id, 1, model.EndpointDenied, c.Now()
				e.Decision = model.EndpointVote{Verdict: model.Deny, By: "dana", At: c.Now(), Comment: "no"}
				if changed, err := tx.UpdateEndpoint(e, model.EndpointPending); err != nil || !changed {
					return fmt.Errorf("deny: %v, %w", changed, err)
				}
			}
		}
		return nil
	})
	mine := model.KeysOf(request(1, "Zoe", "a.exe", "/x", true))
	write(t, db, func(tx *Tx) error {
		for _, tt := range []struct {
			name string
			in   Same
			key  string
			want int
		}{
			{"user, ignoring case", SameUser, mine.User, 1},
			{"file, ignoring case, on another machine", SameFile, mine.File, 1},
			{"command", SameCommand, mine.Command, 1},
			{"nothing where there is no hash", SameHash, mine.Hash, 0},
		} {
			if got, err := tx.EarlierEndpoints(tt.in, tt.key, ids[0], 10); err != nil || len(got) != tt.want {
				t.Errorf("%s: %+v, %v; want %d", tt.name, got, err, tt.want)
			}
		}
		got, err := tx.EarlierEndpoints(SameUser, mine.User, ids[0], 10)
		if err == nil && (got[0].State != model.EndpointDenied || got[0].By != "dana") {
			t.Errorf("how it ended: %+v", got[0])
		}
		n, err2 := tx.UnreadBefore(time.Time{}, 10)
		if err2 != nil || n != 0 {
			t.Errorf("unread that end: %d, %v; the one that is unread has no end", n, err2)
		}
		if all, err := tx.RecentEndpoints(c.Now().Add(-time.Minute), 3); err != nil || len(all) != 3 {
			t.Errorf("recent: %d, %v", len(all), err)
		}
		return err
	})
}
