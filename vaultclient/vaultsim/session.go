package vaultsim

import (
	"strings"
)

// session runs the commands that are about the service itself.
func (c *call) session() error {
	switch c.word {
	case "sync-down":
		if _, err := c.parse(&parser{options: []option{{names: []string{"-f", "--force"}, flag: true}}}); err != nil {
			return err
		}
		c.sync = true
		return nil
	case "server":
		if _, err := c.parse(&parser{positionals: []positional{{name: "server", max: 1}}}); err != nil {
			return err
		}
		c.out.log(c.s.opts.Region)
		return nil
	case "version":
		if _, err := c.parse(&parser{}); err != nil {
			return err
		}
		c.out.log("Commander Version: " + c.s.opts.Version + " (Current version)")
		return nil
	case "whoami":
		return c.whoami()
	case "set":
		if len(c.args) != 2 {
			c.out.log("the following arguments are required: name, value")
			return nil
		}
		c.s.vars[c.args[0]] = c.args[1]
		return nil
	}
	// The allow list was checked before, so this is a command of the product that nothing here needs.
	c.out.log("Invalid command: " + c.word)
	return nil
}

func (c *call) whoami() error {
	args, err := c.parse(&parser{options: []option{
		{names: []string{"-v", "--verbose"}, flag: true}, {names: []string{"--json"}, flag: true},
	}})
	if err != nil || args.help {
		return err
	}
	if args.has("json") {
		return exception("'NoneType' object is not iterable")
	}
	c.out.parsed = object{
		{"account_type", "Enterprise"}, {"admin", true}, {"base_plan", "Unknown"}, {"breachwatch", false},
		{"data_center", "US"}, {"logged_in", true}, {"renewal_date", "2099-12-31"}, {"reporting_and_alerts", false},
		{"secure_file_storage", ""}, {"server", strings.TrimPrefix(c.s.opts.Region, "https://")},
		{"storage_capacity", "10GB"}, {"storage_renewal_date", "2099-12-31"}, {"storage_usage", "0%"},
		{"user", c.v.service}, {"user_licenses", "Plan:   Active:   Invited:"},
	}
	return nil
}
