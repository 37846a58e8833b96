package demo

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/seal"
	"countersign/store"
	"countersign/vaultadapt"
	"countersign/vaultclient"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// began is where the stories of the tests end: a Saturday.
func began() time.Time { return time.Date(2026, 11, 21, 12, 30, 0, 0, time.UTC) }

// newStage is an empty queue with the company's people, at a moment that stands.
func newStage(t *testing.T, at time.Time) *stage {
	t.Helper()
	vaultClock := vaultsim.NewManualClock(at)
	id, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{identity: id, clock: &clock{live: vaultClock.Now}, world: company(1, at, vaultClock), now: at, random: random(1)}
	db, err := store.Open(t.Context(), store.Options{Dir: t.TempDir(), Now: s.clock.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	s.db = db
	if err := s.register(t.Context(), "", 100*day); err != nil {
		t.Fatal(err)
	}
	s.lookAround()
	return s
}

// play plays everything, up to the end of the story.
func (s *stage) playAll(t *testing.T) {
	t.Helper()
	if err := s.play(t.Context(), s.db, s.clock, s.now, func(int, int) {}); err != nil {
		t.Fatal(err)
	}
}

// TestHistoryIsWrittenAsTheVerbsWriteIt tells lives of requests twice: directly,
// and by the verbs, a worker and the simulated vault. Both must leave the same
// timeline and the same audit entries.
func TestHistoryIsWrittenAsTheVerbsWriteIt(t *testing.T) {
	t.Parallel()
	asked := model.Access{Right: model.RightEdit, Limit: model.For(4 * hour)}
	lower := model.Access{Right: model.RightView, Limit: model.For(3 * hour)}
	const why = "INC0012345: restore the ledger before the night batch"
	for _, tt := range []struct {
		name   string
		title  string
		direct func(t *tale, at time.Time)
		verbs  func(o staffed)
	}{
		{"denied", "web-01", func(t *tale, at time.Time) {
			t.at(at.Add(hour), t.decide("dana", model.Deny, model.Access{}, "no ticket"))
		}, func(o staffed) { o.decide(2*hour, "dana", model.Deny, "no ticket") }},
		{"withdrawn", "web-01", func(t *tale, at time.Time) {
			t.at(at.Add(hour), t.withdraw("wrong record"))
		}, func(o staffed) { o.withdraw(2*hour, "wrong record") }},
		{"skipped", "web-01", func(t *tale, at time.Time) {
			t.at(at.Add(hour), t.decide("omar", model.Approve, asked, "ok")).at(at.Add(2*hour), t.claim("ivan")).
				at(at.Add(2*hour), t.close("ivan", model.TaskClosedSkipped, "has it already"))
		}, func(o staffed) {
			o.decide(2*hour, "omar", model.Approve, "ok").claim(hour, "ivan").skip(hour, "ivan", "has it already")
		}},
		{"granted", "web-01", func(t *tale, at time.Time) {
			t.at(at.Add(hour), t.decide("dana", model.Approve, asked, "")).at(at.Add(2*hour), t.claim("priya")).
				at(at.Add(2*hour), t.fulfil("priya"))
		}, func(o staffed) {
			o.decide(2*hour, "dana", model.Approve, "").claim(hour, "priya")
			o.run(hour, "priya")
		}},
		{"lowered, granted and given back", "web-01", func(t *tale, at time.Time) {
			t.at(at.Add(hour), t.decide("dana", model.Approve, lower, "view is enough")).at(at.Add(2*hour), t.claim("priya")).
				at(at.Add(2*hour), t.fulfil("priya")).at(at.Add(150*time.Minute), t.giveBack)
		}, func(o staffed) {
			o.decideFor(2*hour, "dana", lower, "view is enough")
			o.claim(hour, "priya")
			o.run(hour, "priya")
			o.handBack(30 * time.Minute)
		}},
		{"raised over what stood", "prod-db-01", func(t *tale, at time.Time) {
			t.at(at.Add(hour), t.decide("dana", model.Approve, asked, "")).at(at.Add(2*hour), t.claim("priya")).
				at(at.Add(2*hour), t.fulfil("priya"))
		}, func(o staffed) {
			o.decide(2*hour, "dana", model.Approve, "").claim(hour, "priya")
			o.run(hour, "priya")
		}},
		{"nothing to do", "vpn-gateway", func(t *tale, at time.Time) {
			t.at(at.Add(hour), t.decide("dana", model.Approve, asked, "")).at(at.Add(2*hour), t.claim("priya")).
				at(at.Add(2*hour), t.fulfil("priya"))
		}, func(o staffed) {
			o.decide(2*hour, "dana", model.Approve, "").claim(hour, "priya")
			o.run(hour, "priya")
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			at := began().Add(-3 * hour)
			by := "alice"
			if tt.name == "nothing to do" {
				by = "omar" // has edit and share of it
			}
			written := newStage(t, began())
			life := written.tale(by, tt.title, asked, why)
			life.at(at, life.submit)
			tt.direct(life, at)
			written.playAll(t)

			done := newStage(t, began())
			svc := done.employ(t)
			o := done.order(by, tt.title, asked.Right, asked.Limit, why).submit(3 * hour)
			tt.verbs(staffed{o, svc})
			done.playAll(t)

			if got, want := written.traces(t), done.traces(t); !slices.Equal(got, want) {
				t.Errorf("written:\n%s\n\nby the verbs:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

// TestOrdersAreWrittenAsTheVerbsWriteThem does the same for what is ordered by the
// verbs and only carried out by hand.
func TestOrdersAreWrittenAsTheVerbsWriteThem(t *testing.T) {
	t.Parallel()
	const why = "INC0012345: restore the ledger before the night batch"
	for _, tt := range []struct {
		name  string
		begin func(s *stage) *order
	}{
		{"a folder", func(s *stage) *order {
			return s.orderItem("lena", model.ItemFolderAccess, s.folder("SaaS"), model.Access{Right: model.RightManageRecords, Limit: model.For(4 * hour)}, why)
		}},
		{"a link", func(s *stage) *order {
			return s.orderItem("lena", model.ItemOneTimeShare, s.target("web-01"), model.Access{Right: model.RightView, Limit: model.For(4 * hour)}, why)
		}},
		{"a record in a folder", func(s *stage) *order {
			return s.orderItem("lena", model.ItemServer, s.folder("Infrastructure/Linux"), model.Access{}, why,
				"host", "web-09.example.com:22", "login", "root", "password", "generate random 24")
		}},
		{"a record that is shared", func(s *stage) *order {
			return s.orderItem("lena", model.ItemSSHKey, s.folder("Development/CI"), model.Access{}, why,
				"login", "mirror", "keypair", "generate ed25519", "share", string(model.RightView))
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			written := newStage(t, began())
			tt.begin(written).submit(3*hour).decide(2*hour, "dana", model.Approve, "ok").claim(hour, "priya").fulfilled(hour, "priya")
			written.playAll(t)

			done := newStage(t, began())
			svc := done.employ(t)
			o := tt.begin(done).submit(3*hour).decide(2*hour, "dana", model.Approve, "ok").claim(hour, "priya")
			staffed{o, svc}.run(hour, "priya")
			done.playAll(t)

			if got, want := written.traces(t), done.traces(t); !slices.Equal(got, want) {
				t.Errorf("written:\n%s\n\nby the verbs:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

// TestTakingIsWrittenAsTheVerbWritesIt does the same for what an admin takes.
func TestTakingIsWrittenAsTheVerbWritesIt(t *testing.T) {
	t.Parallel()
	const why = "carol has left the team"
	written := newStage(t, began())
	life := written.tale("priya", "jenkins-admin", model.Access{}, why)
	life.at(began().Add(-hour), life.take("carol@example.com"))
	written.playAll(t)

	done := newStage(t, began())
	svc := done.employ(t)
	done.verb(began().Add(-hour), func(ctx context.Context) error {
		_, err := svc.Take(ctx, done.person("priya").ID, done.target("jenkins-admin"), []string{"carol@example.com"}, why)
		return err
	})
	done.playAll(t)
	if got, want := written.traces(t), done.traces(t); !slices.Equal(got, want) {
		t.Errorf("written:\n%s\n\nby the verb:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// timeless is a vault that does not tell the time: the story is told at other times
// than its own.
type timeless struct{ *vaultadapt.Vault }

func (timeless) Ahead() (time.Duration, bool) { return 0, false }

// employ lets a worker carry out what the verbs queue, against the simulated
// vault.
func (s *stage) employ(t *testing.T) *workflow.Service {
	t.Helper()
	sim, err := vaultsim.New(vaultsim.Options{Vault: s.world.Vault, Keys: []vaultsim.Key{{Value: "key"}}, Location: time.Local})
	if err != nil {
		t.Fatal(err)
	}
	url, err := sim.Start()
	if err != nil {
		t.Fatal(err)
	}
	client, err := vaultclient.New(vaultclient.Options{URL: url, Key: "key"})
	if err != nil {
		t.Fatal(err)
	}
	svc := s.service(policy())
	w, err := workflow.NewWorker(svc, timeless{vaultadapt.New(client, vaultadapt.Options{})}, workflow.WorkerOptions{Identities: []seal.Identity{s.identity}})
	if err != nil {
		t.Fatal(err)
	}
	svc.UseWorker(w)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	beats := s.db.WatchLive(ctx)
	go func() { ended <- w.Run(ctx) }()
	<-beats // the worker says that it is alive once it is the active one
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
	})
	return svc
}

// staffed is an order in a company with a worker.
type staffed struct {
	*order
	svc *workflow.Service
}

// decideFor approves less than was asked.
func (o staffed) decideFor(age time.Duration, by string, allow model.Access, comment string) {
	o.act(age, by, func(ctx context.Context, svc *workflow.Service, who model.PersonID) error {
		c, err := svc.Case(ctx, who, o.number)
		if err != nil {
			return err
		}
		_, err = svc.Decide(ctx, who, workflow.Decision{Number: o.number, Revision: c.Request.Revision,
			Digest: c.Statement(allow).Digest(), Verdict: model.Approve, Allow: allow, Comment: comment})
		return err
	})
}

// run runs the plan and waits until the worker is through with it.
func (o staffed) run(age time.Duration, by string) {
	o.act(age, by, func(ctx context.Context, _ *workflow.Service, who model.PersonID) error {
		task, err := o.task(ctx, o.svc, who)
		if err != nil {
			return err
		}
		plan, err := o.svc.Plan(ctx, who, task.Number)
		if err != nil {
			return err
		}
		if err := o.svc.Fulfil(ctx, who, task.Number, plan.Digest); err != nil {
			return err
		}
		return o.await(ctx, func(c model.Case) bool { _, open := c.OpenTask(); return !open })
	})
}

// handBack gives the access back and waits until the worker is through with it.
func (o staffed) handBack(age time.Duration) {
	o.act(age, o.by, func(ctx context.Context, _ *workflow.Service, who model.PersonID) error {
		c, err := o.svc.Case(ctx, who, o.number)
		if err != nil {
			return err
		}
		g, _ := c.OpenGrant()
		if err := o.svc.GiveBack(ctx, who, g.ID, ""); err != nil {
			return err
		}
		return o.await(ctx, func(c model.Case) bool { _, open := c.OpenGrant(); return !open })
	})
}

// await waits until the request's case is as wanted.
func (o staffed) await(ctx context.Context, wanted func(model.Case) bool) error {
	changed := o.s.db.Watch(ctx)
	for {
		var c model.Case
		err := o.s.db.Read(ctx, func(tx *store.Tx) error {
			var err error
			c, _, err = tx.Case(o.number)
			return err
		})
		if err != nil || wanted(c) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}

// What differs between two queues that hold the same.
var (
	randomIDs = regexp.MustCompile(`plan [a-z2-7]{13}|digest [0-9a-f]{64}|operation \d+`)
	seconds   = regexp.MustCompile(`(\d\d:\d\d):\d\d`)
)

// traces are the timeline and the audit entries of all requests, the program's
// ids and seconds aside.
func (s *stage) traces(t *testing.T) []string {
	t.Helper()
	var all []string
	err := s.db.Read(t.Context(), func(tx *store.Tx) error {
		entries, err := tx.Entries("REQ0010001")
		if err != nil {
			return err
		}
		for _, e := range entries {
			all = append(all, "timeline "+s.short(e.By)+" "+string(e.Kind)+" "+e.Text)
		}
		page, err := tx.Audit(store.AuditQuery{Objects: []string{"REQ0010001"}, Span: store.Span{Limit: 100}})
		slices.Reverse(page.Rows)
		for _, a := range page.Rows {
			line := "audit " + s.short(a.Actor) + " " + a.Action + " " + a.Detail
			for _, text := range a.Texts {
				line += " " + text.Name + "=" + text.Text
			}
			all = append(all, line)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		all[i] = seconds.ReplaceAllString(randomIDs.ReplaceAllString(all[i], "…"), "$1:…")
	}
	return all
}
