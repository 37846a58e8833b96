package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/crypto/ssh"

	"countersign/config"
	"countersign/sshserver"
	"countersign/store"
	"countersign/workflow"
)

// The checks of the server. Their names never change their meaning.
const (
	checkServeWho  = "serve.who"
	checkServeHost = "serve.host_key"
	checkServePort = "serve.port"
)

// serveChecks are about the console over SSH, where somebody has a key for it or its
// server has been here.
func (p *ward) serveChecks(ctx context.Context, q *queue) []workflow.Check {
	conf := q.conf.Serve
	d := &desk{app: p.app, q: q}
	listed, files := d.fileChecks()
	host, made := p.hostKeyCheck(conf)
	any, err := d.anyKey(ctx)
	switch {
	case err != nil && len(files) == 0:
		return []workflow.Check{{Name: checkServeWho, State: workflow.CheckBad, Text: "who may come in could not be found out: " + err.Error(),
			Remedy: "look at the log of the program: countersign, tab Logs"}}
	case err != nil: // the files say why
	case !any && !made && len(files) == 0 && conf.KeysFile == "":
		return []workflow.Check{{Name: checkServeWho, State: workflow.CheckOK, Text: "nobody has a key, so the console is not served over SSH"}}
	case !any:
		files = append(files, workflow.Check{Name: checkServeWho, State: workflow.CheckBad, Text: "nobody has a key, so nobody could come in, and the server does not start",
			Remedy: "add one: countersign people key add LOGIN < KEY.pub; or name an authority as [serve] user_ca"})
	case len(files) == 0:
		files = append(files, workflow.Check{Name: checkServeWho, State: workflow.CheckOK, Text: "somebody may come in by a key or a certificate"})
	}
	files = append(files, d.strangerChecks(ctx, listed)...)
	return append(files, host, portCheck(ctx, conf.Listen))
}

// fileChecks say which of the files that let people in, or keep them out, cannot be
// used. They return the keys of the first one.
func (d *desk) fileChecks() (map[string]string, []workflow.Check) {
	var found []workflow.Check
	bad := func(check string, err error) {
		if err != nil {
			found = append(found, workflow.Check{Name: check, State: workflow.CheckBad, Text: err.Error(),
				Remedy: "the file belongs to root or to the server's account, and only its owner may write it; config.toml.example says what stands in it"})
		}
	}
	listed, err := d.keyFile()
	bad("serve.keys", err)
	var authorities error
	d.authorities, authorities = d.readAuthorities()
	bad("serve.user_ca", authorities)
	_, err = d.revoked()
	bad("serve.revoked", err)
	return listed, found
}

// strangerChecks name the logins of the file with keys that nobody has.
func (d *desk) strangerChecks(ctx context.Context, listed map[string]string) []workflow.Check {
	var unknown []string
	err := d.q.db.Read(ctx, func(tx *store.Tx) error {
		for _, login := range slices.Compact(slices.Sorted(maps.Values(listed))) {
			if _, known, err := tx.PersonByLogin(login); err != nil {
				return err
			} else if !known {
				unknown = append(unknown, login)
			}
		}
		return nil
	})
	if err != nil || len(unknown) == 0 {
		return nil // what cannot be read is said with the queue
	}
	return []workflow.Check{{Name: "serve.keys", State: workflow.CheckWarn, Text: "[serve] keys has keys of logins that nobody here has: " + strings.Join(unknown, ", "),
		Remedy: "take them out, or add the people: countersign people apply FILE"}}
}

// hostKeyCheck looks at the key that the server shows, and reports whether there is
// one.
func (a *app) hostKeyCheck(conf config.Serve) (workflow.Check, bool) {
	text, err := conf.HostKey(a.Env)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return workflow.Check{Name: checkServeHost, State: workflow.CheckOK, Text: "the host key is made at the first start: " + conf.HostKeyFile}, false
	case elsewhere(err):
		return workflow.Check{Name: checkServeHost, State: workflow.CheckOK, Text: "only the server's account reads the host key"}, true
	case err == nil:
		var key ssh.Signer
		if key, err = sshserver.ParseHostKey(text); err == nil {
			return workflow.Check{Name: checkServeHost, State: workflow.CheckOK, Text: "the host key is " + ssh.FingerprintSHA256(key.PublicKey()) + ", and only this account reads it"}, true
		}
	}
	return workflow.Check{Name: checkServeHost, State: workflow.CheckBad, Text: "[serve] host_key: " + err.Error(),
		Remedy: "chmod 600 it if it is the right one. A new one is made where there is none, but everybody's ssh then warns of it"}, true
}

// portPatience is how long another server may take to say what it is.
const portPatience = 3 * time.Second

// portCheck says whether the server could listen, or does. Nothing is proved by what
// answers there: the host key is what people compare.
func portCheck(ctx context.Context, listen string) workflow.Check {
	l, err := net.Listen("tcp", listen)
	switch {
	case err == nil:
		_ = l.Close() // nothing came
		return workflow.Check{Name: checkServePort, State: workflow.CheckWarn, Text: "no server is running: nobody listens on " + listen,
			Remedy: "start it, if people are to come in: countersign serve, or the unit countersign.service"}
	case errors.Is(err, fs.ErrPermission):
		return workflow.Check{Name: checkServePort, State: workflow.CheckWarn, Text: "this account may not listen on " + listen + ", and so could not start the server",
			Remedy: "take a port above 1023 as [serve] listen, or start it by systemd with CAP_NET_BIND_SERVICE"}
	case !errors.Is(err, syscall.EADDRINUSE):
		return workflow.Check{Name: checkServePort, State: workflow.CheckBad, Text: "[serve] listen: " + err.Error(), Remedy: "name an address of this host, or a port alone"}
	case isOurs(ctx, listen):
		return workflow.Check{Name: checkServePort, State: workflow.CheckOK, Text: "the console is served on " + listen}
	}
	return workflow.Check{Name: checkServePort, State: workflow.CheckBad, Text: "another program listens on " + listen + ", so the server cannot",
		Remedy: "name another port as [serve] listen, or end what listens there"}
}

// isOurs reports whether what listens there says that it is this program.
func isOurs(ctx context.Context, listen string) bool {
	ctx, stop := context.WithTimeout(ctx, portPatience)
	defer stop()
	c, err := new(net.Dialer).DialContext(ctx, "tcp", listen)
	if err != nil {
		return false
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { c.Close() })()
	hello, err := bufio.NewReader(io.LimitReader(c, 255)).ReadString('\n')
	return err == nil && strings.HasPrefix(hello, fmt.Sprintf("SSH-2.0-%s", name))
}
