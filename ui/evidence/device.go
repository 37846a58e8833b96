package evidence

import (
	"fmt"
	"time"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"
)

// DeviceKey is Key for a device.
func DeviceKey(v workflow.DeviceView) string {
	return fmt.Sprintf("device %d %d %s", v.ID, v.Revision, v.Statement.Digest())
}

// Device is everything that is known of a device.
func Device(v workflow.DeviceView, o Options) widget.DetailContent {
	d := v.Device
	c := widget.DetailContent{
		Title: widget.Line{value(theme.Strong, d.Email), widget.Say(theme.Text, "  "), value(theme.Heading, d.Name)},
		Right: State(d.State), Timeline: Story(v.Timeline, o),
	}
	asked := ""
	if !d.Asked.IsZero() {
		asked = d.Asked.In(o.Zone).Format("2006-01-02 15:04:05 MST")
	}
	// The whole id: the vault acts by a piece of it on every device that fits.
	facts := make([]widget.Fact, 0, 8)
	for _, kv := range [][2]string{{"E-mail", d.Email}, {"Device", d.Name}, {"Type", d.Type}, {"Client", d.Client},
		{"IP", d.IP}, {"Location", d.Location}, {"Date", asked}, {"Device id", d.DeviceID}} {
		facts = append(facts, widget.Fact{Label: kv[0], Value: []widget.Line{{value(theme.Text, kv[1])}}})
	}
	c.Sections = []widget.Section{{Facts: facts}}
	if outcome := o.deviceOutcome(v); len(outcome) > 0 {
		c.Sections = append(c.Sections, widget.Section{Facts: outcome})
	}
	c.Sections = append(c.Sections, hints(v.Hints), widget.Section{Facts: []widget.Fact{
		{Label: "Before", Value: o.devices(v.Earlier, "no device of this address was seen before")},
		{Label: "Last day", Value: o.devices(v.Recent, "no other device asked")},
	}})
	if facts := whoCan(v.Deciders); d.State == model.EndpointPending && len(facts) > 0 {
		c.Sections = append(c.Sections, widget.Section{Facts: facts})
	}
	return c
}

func (o Options) deviceOutcome(v workflow.DeviceView) []widget.Fact {
	var facts []widget.Fact
	if v.State != model.EndpointPending {
		lines := []widget.Line{State(v.State)}
		if v.Outcome != "" {
			lines = append(lines, block(theme.Text, v.Outcome)...)
		}
		facts = append(facts, widget.Fact{Label: "Outcome", Value: lines})
	}
	return append(append(facts, o.vote(v.Device.Decision, v.DecidedBy)...), Order(v.Op)...)
}

// mostDevices is how many others are listed.
const mostDevices = 8

func (o Options) devices(ds []model.Device, none string) []widget.Line {
	if len(ds) == 0 {
		return []widget.Line{widget.Words(theme.Faint, none)}
	}
	var lines []widget.Line
	for _, d := range ds[:min(len(ds), mostDevices)] {
		when := d.Asked
		if when.IsZero() {
			when = d.Seen
		}
		lines = append(lines, widget.Line{
			widget.Say(theme.Faint, o.clock(when)+"  "), value(theme.Text, d.Email), widget.Say(theme.Faint, " · "),
			value(theme.Heading, d.Name), widget.Say(theme.Faint, " · "), value(theme.Heading, d.Location), widget.Say(theme.Faint, " · "),
			State(d.State)[0],
		})
	}
	if more := len(ds) - mostDevices; more > 0 {
		lines = append(lines, widget.Words(theme.Faint, fmt.Sprintf("and %d more", more)))
	}
	return lines
}

// Asked is since when a device waits, as a cell.
func Asked(d model.Device, o Options) widget.Line {
	at := d.Asked
	if at.IsZero() {
		at = d.Seen
	}
	if at.IsZero() {
		return widget.Words(theme.Faint, "?")
	}
	return widget.Words(theme.Text, widget.Age(max(o.Now.Sub(at), time.Duration(0))))
}

// Email and Name are cells of a device.
func Email(d model.Device) widget.Line { return cell(d.Email) }

// Name is the device's own name.
func Name(d model.Device) widget.Line { return cell(d.Name) }

// Place is from where it asked.
func Place(d model.Device) widget.Line { return cell(d.Location) }

func cell(s string) widget.Line {
	if s == "" {
		return widget.Words(theme.Faint, "not reported")
	}
	return widget.Foreign(theme.Text, safetext.Line(s))
}
