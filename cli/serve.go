package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"sync"

	"github.com/spf13/cobra"
	"golang.org/x/crypto/ssh"

	"countersign/config"
	"countersign/safetext"
	"countersign/sshserver"
	"countersign/store"
)

// errNoKeys says that nobody could come in.
var errNoKeys = fmt.Errorf("%w: nobody has a key, so nobody could come in", errConfig)

// errRoot says that the server would run with every right there is.
var errRoot = fmt.Errorf("%w: the server needs no root, and does not run as root", errConfig)

func (a *app) serveCommand() *cobra.Command {
	var alone bool
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the console over SSH, and carry out what was approved",
		Long: `Serve the console over SSH until it is stopped, and carry out what was approved, as
the worker does.

People come in by their keys, which an admin adds: countersign people key add. A
session is the console, or one command: ssh -p 2222 HOST list waiting --json. There
is no shell, no forwarding, no transfer of files.

The host key is made at the first start; its fingerprint is said on standard error.
Stopped by SIGTERM, it tells every session and lets what is being done be finished.`,
		Example: `countersign people key add dana < id_ed25519.pub
countersign serve`,
		Args: none,
	}
	cmd.Flags().BoolVar(&alone, "no-worker", false, "only serve the console; the worker is a process of its own")
	cmd.RunE = a.does(func(ctx context.Context, _ []string) error { return a.serve(ctx, alone) })
	return cmd
}

func (a *app) serve(ctx context.Context, alone bool) error {
	conf, err := a.load()
	if err != nil {
		return err
	}
	a.spareMemory()
	// A port below 1024 is opened while the right to do so is there; everything
	// else is done without it.
	l, err := net.Listen("tcp", conf.Serve.Listen)
	if err != nil {
		return fmt.Errorf("%w: [serve] listen: %w", errConfig, err)
	}
	defer l.Close() // the server closes it first
	if err := becomePlain(conf.Serve.User); err != nil {
		return err
	}
	q, err := a.openAs(ctx, conf)
	if err != nil {
		return err
	}
	err = a.serveOn(ctx, q, l, alone)
	return errors.Join(err, q.close())
}

func (a *app) serveOn(ctx context.Context, q *queue, l net.Listener, alone bool) error {
	defer a.gateErrors()()
	d, err := newDesk(ctx, a, q)
	if err != nil {
		return err
	}
	host, err := a.hostKey(q.conf.Serve)
	if err != nil {
		return err
	}
	server, err := sshserver.New(d.options(host))
	if err != nil {
		return err
	}
	d.sessions = server.Sessions
	serve := func() error {
		fmt.Fprintf(a.Err, "%s: serving the console of %s on %s\n", name, q.conf.Store.Dir, l.Addr())
		fmt.Fprintf(a.Err, "%s: the host key is %s\n", name, ssh.FingerprintSHA256(host.PublicKey()))
		q.logger("ssh").Info("serving", "version", version(), "address", l.Addr().String(), "host_key", ssh.FingerprintSHA256(host.PublicKey()))
		err := server.Serve(ctx, l)
		q.logger("ssh").Info("no longer serving")
		return err
	}
	if alone {
		return serve()
	}
	vault, err := a.vaultOf(q.conf)
	if err != nil {
		return err
	}
	w, err := newWorker(q, vault)
	if err != nil {
		return err
	}
	// The worker ends after the sessions, which may wait for it.
	return beside(context.WithoutCancel(ctx), w, q.logger(name), func() error {
		var told sync.WaitGroup
		watching, stop := context.WithCancel(ctx)
		told.Go(func() { a.tellHealth(watching, q) })
		defer told.Wait()
		defer stop()
		return serve()
	})
}

// hostKey reads the key that the server shows, and makes it at the first start.
func (a *app) hostKey(conf config.Serve) (ssh.Signer, error) {
	text, err := conf.HostKey(a.Env)
	if errors.Is(err, fs.ErrNotExist) {
		if text, err = sshserver.NewHostKey(); err == nil {
			err = writeNew(conf.HostKeyFile, text)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: [serve] host_key: %w", errConfig, err)
		}
		fmt.Fprintf(a.Err, "%s: made a host key in %s\n", name, safetext.Line(conf.HostKeyFile))
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errConfig, err)
	}
	key, err := sshserver.ParseHostKey(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", errConfig, conf.HostKeyFile, err)
	}
	return key, nil
}

// anyKey reports whether there is a key that could let anybody in.
func (d *desk) anyKey(ctx context.Context) (bool, error) {
	if len(d.authorities) > 0 {
		return true, nil
	}
	if listed, err := d.keyFile(); err != nil || len(listed) > 0 {
		return err == nil, err
	}
	any := false
	err := d.q.db.Read(ctx, func(tx *store.Tx) error {
		var err error
		any, err = tx.AnyKey()
		return err
	})
	return any, err
}

// isRoot reports whether this process may do everything.
func isRoot() bool { return os.Geteuid() == 0 }
