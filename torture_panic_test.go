package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"countersign/cli"
)

// owned is what a panic says: words that would give the terminal another title.
const owned = "meant: \x1b]0;owned\a"

// runPanicking runs the program and lets it panic when it has handled a number of
// messages: panicking update|command COUNT ARG..., or open update|command COUNT ARG...,
// where what the program writes to standard error is not gated.
func runPanicking() {
	me, meErr := user.Current()
	count, err := strconv.Atoi(os.Args[2])
	if err = errors.Join(err, meErr); err != nil {
		panic(err)
	}
	var seen atomic.Int64
	filter := func(_ tea.Model, msg tea.Msg) tea.Msg {
		if seen.Add(1) != int64(count) {
			return msg
		}
		if os.Args[1] == "update" {
			panic(owned)
		}
		return tea.BatchMsg{func() tea.Msg { panic(owned) }}
	}
	var errs io.Writer = os.Stderr
	if os.Args[0] == "open" {
		errs = struct{ io.Writer }{errs} // not the process's own, as far as the program knows
	}
	os.Exit(int(cli.Run(context.Background(), cli.Invocation{Args: os.Args[3:], In: os.Stdin, Out: os.Stdout, Err: errs, Env: os.LookupEnv,
		Login: func() (string, error) { return me.Username, nil }, Now: time.Now, Zone: time.UTC, Program: []tea.ProgramOption{tea.WithFilter(filter)}})))
}

// TestTortureMannersOfAPanic lets the console, set-up and the console that the server
// shows panic with words that ask something of a terminal. They are told, but ask for
// nothing, and the terminal is left as it was. A program without the gate is noticed.
func TestTortureMannersOfAPanic(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"the console": {"--config", newCompany(t).mine()},
		"set-up":      {"setup", "--config", filepath.Join(t.TempDir(), "config.toml")},
	} {
		for _, kind := range []string{"update", "command"} {
			for program, gated := range map[string]bool{"panicking": true, "open": false} {
				t.Run(fmt.Sprintf("%s, in %s, %s", name, kind, program), func(t *testing.T) {
					t.Parallel()
					m := &manners{terminal: startNamed(t, 120, 36, program, append([]string{kind, "12"}, args...)...)}
					m.untilItPanics()
					told := bytes.Contains(m.drawn, []byte("meant: ")) // perhaps on the screen that was left
					left := m.left()
					switch {
					case !told:
						t.Errorf("nothing is told of the panic:\n%s", m.text())
					case gated && len(left) > 0:
						t.Errorf("the terminal is left with %q", left)
					case !gated && !slices.ContainsFunc(left, func(s string) bool { return strings.Contains(s, "the words of a panic") }):
						t.Errorf("the gate was taken out, and nobody noticed: %q", left)
					}
				})
			}
		}
	}
}

// untilItPanics types until the program has ended.
func (m *manners) untilItPanics() {
	m.t.Helper()
	for range 100 {
		if _, err := m.tty.WriteString("x"); err != nil {
			break
		}
		select {
		case err := <-m.terminal.ended:
			m.terminal.ended <- err
			return
		case <-time.After(50 * time.Millisecond):
		}
	}
	m.t.Fatalf("the program does not panic:\n%s", m.text())
}

// TestTortureMannersOfAServedPanic lets a console panic that is shown over SSH: what is
// written where the server was started asks that terminal for nothing, and the others
// are served on. A server without the gate is noticed.
func TestTortureMannersOfAServedPanic(t *testing.T) {
	t.Parallel()
	for program, gated := range map[string]bool{"panicking": true, "open": false} {
		t.Run(program, func(t *testing.T) {
			t.Parallel()
			o := startOffice(t, "", func(o *office) {
				o.addKey("dana", "dana")
				o.as = []string{program, "update", "12"}
			})
			dana := &manners{terminal: o.sit("dana", "dana@127.0.0.1")}
			dana.untilItPanics()
			if left := dana.left(); len(left) > 0 {
				t.Errorf("dana's terminal is left with %q", left)
			}
			said := o.hears(regexp.MustCompile("(?s)^(.*meant: .*)$"))
			if asks := strings.ContainsRune(said, '\x1b'); asks == gated {
				t.Errorf("the server said %q", said)
			}
			o.sit("dana", "dana@127.0.0.1").wait("Approvals")
		})
	}
}
