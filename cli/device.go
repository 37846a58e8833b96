package cli

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"countersign/model"
	"countersign/safetext"
	"countersign/workflow"
)

func (a *app) deviceCommand() *cobra.Command {
	return group("device", "See and decide devices that wait for approval", `See and decide devices that wait for approval. A device is named by all 20 digits
of its id: the vault would take a part of it for several.`,
		a.listOf("list [VIEW] [FILTER]...", "List devices", a.deviceListings(), "countersign device list carol@example.com", nil),
		a.deviceShowCommand(), a.deviceDecideCommand(model.Approve), a.deviceDecideCommand(model.Deny))
}

// deviceJSON is a device as lists show it.
type deviceJSON struct {
	DeviceID  string              `json:"device_id"`
	State     model.EndpointState `json:"state"`
	Email     string              `json:"email"`
	Name      string              `json:"name,omitempty"`
	Type      string              `json:"type,omitempty"`
	IP        string              `json:"ip,omitempty"`
	Client    string              `json:"client,omitempty"`
	Location  string              `json:"location,omitempty"`
	Asked     time.Time           `json:"asked,omitzero"`
	Ended     time.Time           `json:"ended,omitzero"`
	Outcome   string              `json:"outcome,omitempty"`
	DecidedBy string              `json:"decided_by,omitempty"`
	Comment   string              `json:"comment,omitempty"`
	Revision  int64               `json:"revision"`
}

func deviceOf(d workflow.DeviceRow) deviceJSON {
	return deviceJSON{d.DeviceID, d.State, d.Email, d.Name, d.Type, d.IP, d.Client, d.Location, moment(d.Asked), moment(d.Ended),
		d.Outcome, d.DecidedBy, d.Decision.Comment, d.Revision}
}

// deviceListings are the views of devices; the first is the usual one.
func (a *app) deviceListings() []listing {
	head := []string{"DEVICE", "STATE", "WHO", "NAME", "TYPE", "IP", "CLIENT", "LOCATION", "ASKED"}
	return []listing{
		{name: "waiting", about: "what waits for a decision, oldest first", head: head, keys: workflow.FilterNames(workflow.DeviceKeys()), read: a.readDevices(workflow.DevicesWaiting),
			known: func(s workflow.EndpointsState) model.Listing { return s.Devices }},
		{name: "decided", about: "what was decided, latest first", head: head, keys: workflow.FilterNames(workflow.DeviceKeys()), read: a.readDevices(workflow.DevicesDecided)},
	}
}

func (a *app) readDevices(view string) reader {
	return func(ctx context.Context, svc *workflow.Service, me model.PersonID, q workflow.Query) ([]entry, workflow.Cursor, error) {
		q.View = view
		p, err := svc.Devices(ctx, me, q)
		return each(p.Rows, func(d workflow.DeviceRow) entry {
			return entry{[]string{d.DeviceID, d.State.Words(), d.Email, d.Name, d.Type, d.IP, d.Client, d.Location, a.clock(d.Asked)}, deviceOf(d)}
		}), p.Next, err
	}
}

var wholeDevice = regexp.MustCompile(`^[0-9a-f]{20}$`)

// findDevice finds a device by its whole id: among those that wait, then among the
// others.
func findDevice(ctx context.Context, q *queue, me model.Actor, id string) (workflow.DeviceView, error) {
	if !wholeDevice.MatchString(id) {
		return workflow.DeviceView{}, usage("%q is no device: write all 20 digits of its id, as device list prints them", id)
	}
	return q.svc.DeviceByDigits(ctx, me.ID, id)
}

// deviceCaseJSON is everything that is known of a device.
type deviceCaseJSON struct {
	deviceJSON
	Digest    model.Digest          `json:"digest"`
	Statement []model.StatementLine `json:"statement"`
	Hints     []hintJSON            `json:"hints"`
	Earlier   int                   `json:"earlier"` // devices of the same address
	Deciders  []string              `json:"deciders"`
	Order     *operationJSON        `json:"order,omitempty"`
	Timeline  []timelineJSON        `json:"timeline"`
	Actions   []actionJSON          `json:"actions"`
}

func deviceCaseOf(v workflow.DeviceView) deviceCaseJSON {
	out := deviceCaseJSON{deviceJSON: deviceOf(v.DeviceRow), Digest: v.Statement.Digest(), Statement: v.Statement.Lines(), Hints: each(v.Hints, hintOf),
		Earlier: len(v.Earlier), Deciders: append([]string{}, v.Deciders...), Timeline: each(v.Timeline, timelineOf), Actions: each(v.Perms, actionOf)}
	if v.Op != nil {
		op := operationOf(*v.Op)
		out.Order = &op
	}
	return out
}

func (a *app) deviceShowCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{Use: "show DEVICE", Short: "Show everything that is known of a device", Args: one("DEVICE"),
		Example: "countersign device show b15a0fc0ea5519a11ea9"}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = a.does(func(ctx context.Context, args []string) error {
		return a.with(ctx, func(q *queue, me model.Actor) error {
			v, err := findDevice(ctx, q, me, args[0])
			if err != nil {
				return err
			}
			if asJSON || !a.read() {
				return writeJSON(a.Out, deviceCaseOf(v))
			}
			return a.printDevice(a.Out, v)
		})
	})
	return cmd
}

func (a *app) printDevice(w io.Writer, v workflow.DeviceView) error {
	var f facts
	fmt.Fprintf(&f.b, "Device %s  %s\n", safetext.Line(v.DeviceID), v.State.Words())
	f.statement(v.Statement)
	f.hints(v.Hints)
	f.section("Now")
	f.add("Outcome", v.Outcome)
	f.add("Decided by", v.DecidedBy)
	f.add("Comment", v.Decision.Comment)
	f.add("Before", fmt.Sprintf("%d devices of this address", len(v.Earlier)))
	f.add("Can decide", strings.Join(v.Deciders, ", "))
	f.add("You can", mayDo(v.Perms))
	f.history(v.Timeline, a.Zone)
	_, err := io.WriteString(w, f.b.String())
	return err
}

func (a *app) deviceDecideCommand(verdict model.Verdict) *cobra.Command {
	d := deciding{verdict: verdict}
	cmd := &cobra.Command{Use: string(verdict) + " DEVICE", Short: "Approve a device, exactly as it was shown", Args: one("DEVICE"),
		Long: `Decide a device, exactly as it was shown: --digest names what you have read, as
"device show" printed it.`,
		Example: "countersign device approve b15a0fc0ea5519a11ea9 --digest 3f0a…"}
	if verdict == model.Deny {
		cmd.Short, cmd.Example = "Deny a device, with a reason", `countersign device deny b15a0fc0ea5519a11ea9 --digest 3f0a… --comment "not hers"`
	}
	d.flags(cmd)
	cmd.RunE = a.does(func(ctx context.Context, args []string) error {
		if err := d.wrong(a, "device show "+args[0]); err != nil {
			return err
		}
		return a.with(ctx, func(q *queue, me model.Actor) error {
			v, err := findDevice(ctx, q, me, args[0])
			if err != nil {
				return err
			}
			ask := func() error {
				if err := a.printDevice(a.Out, v); err != nil {
					return err
				}
				return a.confirm(ctx, model.Number(v.DeviceID), string(verdict), "nothing was decided")
			}
			if err := agreed(d, v.Can, ask); err != nil {
				return err
			}
			if d.digest != "" && model.Digest(d.digest) != v.Statement.Digest() {
				return &workflow.Conflict{Number: model.Number(v.DeviceID), Endpoint: v.State, At: v.Updated}
			}
			_, err = q.svc.DecideDevice(ctx, me.ID, workflow.DeviceDecision{ID: v.ID, Verdict: verdict, Revision: v.Revision, Comment: d.comment})
			if err != nil {
				return err
			}
			return a.decided(ctx, q, d, func() (verdictOn, error) {
				v, err := q.svc.Device(ctx, me.ID, v.ID)
				return verdictOn{v.Object(), v.DeviceID, v.State, v.Outcome, v.Op}, err
			})
		})
	})
	return cmd
}
