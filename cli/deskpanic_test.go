package cli

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"golang.org/x/crypto/ssh"

	"countersign/sshserver"
	"countersign/ui/tab"
)

// breaking is a tab that meets a mistake when Z is pressed: in its drawing, as most
// mistakes do.
type breaking struct {
	tab.Tab
	now bool
}

func (b *breaking) Update(msg tea.Msg) tea.Cmd {
	if key, is := msg.(tea.KeyPressMsg); is && key.String() == "Z" {
		b.now = true
		return nil
	}
	return b.Tab.Update(msg)
}

func (b *breaking) View() string {
	if b.now {
		panic("a mistake")
	}
	return b.Tab.View()
}

// guest is a console that is open over SSH.
type guest struct {
	*watched
	session *ssh.Session
	keys    io.Writer
}

// enter opens the console at an address with a key.
func enter(t *testing.T, addr, keyFile string) *guest {
	t.Helper()
	text, err := os.ReadFile(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	key, err := sshserver.ParseHostKey(text) // any private key is one
	if err != nil {
		t.Fatal(err)
	}
	client, err := ssh.Dial("tcp", addr, &ssh.ClientConfig{Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: ssh.InsecureIgnoreHostKey()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	s, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	g := &guest{watched: newWatched(), session: s}
	s.Stdout, s.Stderr = g, g
	if g.keys, err = s.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := s.RequestPty("xterm-256color", 36, 120, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Shell(); err != nil {
		t.Fatal(err)
	}
	return g
}

func (g *guest) press(t *testing.T, keys string) {
	t.Helper()
	if _, err := io.WriteString(g.keys, keys); err != nil {
		t.Fatal(err)
	}
}

// TestAMistakeInOneConsoleLeavesTheOthersAlone breaks the console of one of two
// people who are there over SSH.
func TestAMistakeInOneConsoleLeavesTheOthersAlone(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	c := newCaller(t)
	dir := filepath.Dir(c.conf)
	for _, login := range []string{"alice", "dana"} {
		text, err := sshserver.NewHostKey() // any private key is one
		if err != nil {
			t.Fatal(err)
		}
		c.write(login, string(text))
		key, err := sshserver.ParseHostKey(text)
		if err != nil {
			t.Fatal(err)
		}
		c.call(CodeOK, "people", "key", "add", login, strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key.PublicKey()))))
	}
	a, q := c.opened("")
	d, err := newDesk(ctx, a, q)
	if err != nil {
		t.Fatal(err)
	}
	host, err := a.hostKey(q.conf.Serve)
	if err != nil {
		t.Fatal(err)
	}
	opt := d.options(host)
	opt.Console = func(ctx context.Context, g sshserver.Guest, t sshserver.Terminal) int {
		opts, err := d.consoleOptions(ctx, g, t)
		if err != nil {
			return d.failed(t.Out, err)
		}
		if whole := opts.Tabs; g.Login == "alice" {
			opts.Tabs = func(env *tab.Env) map[tab.Name]tab.Tab {
				tabs := whole(env)
				tabs[tab.Portal] = &breaking{Tab: tabs[tab.Portal]}
				return tabs
			}
		}
		return d.show(ctx, g, t, opts)
	}
	server, err := sshserver.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serving, end := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(serving, l) }()
	defer func() {
		end()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	alice, dana := enter(t, l.Addr().String(), filepath.Join(dir, "alice")), enter(t, l.Addr().String(), filepath.Join(dir, "dana"))
	if err := errors.Join(alice.until(ctx, "Catalog"), dana.until(ctx, "Waiting")); err != nil {
		t.Fatal(err)
	}
	alice.press(t, "Z")
	var exit *ssh.ExitError
	if err := alice.session.Wait(); !errors.As(err, &exit) || exit.ExitStatus() != int(CodeFailure) {
		t.Errorf("the session ended with %v", err)
	}
	seen := alice.String()
	for _, part := range []string{"\x1b[?1049l", "\x1b[?25h", "a mistake of its own"} {
		if !strings.Contains(seen, part) {
			t.Errorf("the terminal did not get %q", part)
		}
	}
	if strings.Contains(seen, "goroutine ") {
		t.Error("the terminal got a trace")
	}
	dana.press(t, "1")
	if err := dana.until(ctx, "Catalog"); err != nil {
		t.Fatal(err)
	}
}
