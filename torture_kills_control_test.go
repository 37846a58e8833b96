package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// runHasty is a program that says that an approval is done before it has done it:
// hasty LOGIN approve NUMBER ARG...
func runHasty() {
	fmt.Printf("%s is approved; it is now for Vault Admins to carry out\n", os.Args[3])
	time.Sleep(time.Minute)
	os.Exit(int(runAs(os.Args[1], os.Args[2:], time.Now, time.Local)))
}

// TestTortureKillsControl lets dana approve by a program that says so too early, and
// puts a queue back to what it was before somebody was told something: what is lost by
// that has to be found, also where dana approves once more.
func TestTortureKillsControl(t *testing.T) {
	t.Parallel()
	for name, play := range map[string]func(s *siege, x *errand, digest string) (lost string){
		"as it is": func(s *siege, x *errand, digest string) string {
			s.decide(x, "omar", digest)
			return ""
		},
		"told too early": func(s *siege, x *errand, digest string) string {
			a := s.attempted(x, "approve", "dana", x.number, "hasty command")
			cmd := s.process("hasty", "dana", "approve", string(x.number), "--digest", digest, "--comment", a.mark)
			out, err := cmd.StdoutPipe()
			if err == nil {
				err = cmd.Start()
			}
			if err != nil {
				s.t.Fatal(err)
			}
			b := make([]byte, 1000)
			n, _ := out.Read(b) // what it says at once
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			a.told = strings.Contains(string(b[:n]), is(x.number, "approved"))
			s.decide(x, "dana", digest)
			return a.mark
		},
		"put back": func(s *siege, x *errand, digest string) string {
			before, queue := s.path("before"), s.path("queue")
			if err := os.CopyFS(before, os.DirFS(queue)); err != nil {
				s.t.Fatal(err)
			}
			s.decide(x, "omar", digest)
			told := s.attempts[slices.IndexFunc(s.attempts, func(a *attempt) bool { return a.told && a.verb == "approve" })]
			for _, name := range []string{"queue.db", "queue.db-wal", "queue.db-shm"} {
				now, err := os.ReadFile(filepath.Join(before, name))
				if err != nil {
					_ = os.Remove(filepath.Join(queue, name)) // it was not there either
				} else if err := os.WriteFile(filepath.Join(queue, name), now, 0o600); err != nil {
					s.t.Fatal(err)
				}
			}
			return told.mark
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startSiege(t, 1)
			s.over = true // nothing else is killed
			x := &errand{title: titleOf(1), uid: s.records[1], item: "described", wish: "have"}
			s.order(x)
			v, ok := s.look("dana", x.number)
			if !ok {
				t.Fatalf("there is no %s", x.number)
			}
			mark := play(s, x, v.Digest)
			wrong := s.books([][]*errand{{x}}).wrong()
			found := slices.ContainsFunc(wrong, func(w string) bool { return strings.Contains(w, "lost: ") && strings.Contains(w, mark) })
			if found != (mark != "") {
				t.Errorf("%q is lost, and what is found wrong is %q", mark, wrong)
			}
		})
	}
}
