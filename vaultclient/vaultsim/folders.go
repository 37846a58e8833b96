package vaultsim

import (
	"fmt"
	"strings"
)

// mkdir makes a personal or a shared folder.
func (c *call) mkdir() error {
	args, err := c.parse(&parser{
		options: []option{
			{names: []string{"-uf", "--user-folder"}, flag: true},
			{names: []string{"-sf", "--shared-folder"}, flag: true},
			{names: []string{"-a", "--all"}, flag: true},
			{names: []string{"-u", "--manage-users"}, flag: true},
			{names: []string{"-r", "--manage-records"}, flag: true},
			{names: []string{"-s", "--can-share"}, flag: true},
			{names: []string{"-e", "--can-edit"}, flag: true},
		},
		positionals: []positional{{name: "folder", min: 1, max: 1}},
	})
	if err != nil || args.help {
		return err
	}
	parts := pathParts(args.last("folder"))
	if len(parts) == 0 {
		return commandError("mkdir", "Folder name is required")
	}
	parent := ""
	if len(parts) > 1 {
		if f := c.s.cache.resolveFolder(strings.Join(parts[:len(parts)-1], "/")); f != nil {
			parent = f.UID
		}
	}
	name := parts[len(parts)-1]
	for _, f := range c.s.cache.children(parent) {
		if f.Name == name {
			c.out.log(fmt.Sprintf("mkdir: Folder %q already exists", name))
			return nil
		}
	}
	var uid string
	if args.has("shared-folder") {
		all := args.has("all")
		uid = c.v.addSharedFolder(Folder{Name: name, Parent: parent,
			ManageUsers: all || args.has("manage-users"), ManageRecords: all || args.has("manage-records"),
			CanEdit: all || args.has("can-edit"), CanShare: all || args.has("can-share")})
		c.s.vars["last_shared_folder_uid"] = uid
	} else {
		uid = c.v.addFolder(Folder{Name: name, Parent: parent})
		c.s.vars["last_folder_uid"] = uid
	}
	c.s.did(Entry{Kind: FolderAdd, Folder: uid, Details: name})
	c.sync = true
	c.out.parsed = object{{"folder_uid", uid}}
	return nil
}

// ls prints the content of one folder.
func (c *call) ls() error {
	args, err := c.parse(&parser{
		options: []option{
			{names: []string{"-l", "--list"}, flag: true},
			{names: []string{"-f", "--folders"}, flag: true},
			{names: []string{"-r", "--records"}, flag: true},
			{names: []string{"-s", "--short"}, flag: true},
			{names: []string{"-v", "--verbose"}, flag: true},
			{names: []string{"--format"}, choices: []string{"table", "json"}},
		},
		positionals: []positional{{name: "pattern", max: 1}},
	})
	if err != nil || args.help {
		return err
	}
	at, above := "", "/"
	if name := args.last("pattern"); name != "" && name != "/" {
		f := c.s.cache.resolveFolder(name)
		if f == nil {
			return commandError("ls", name+": No such folder or record")
		}
		at, above = f.UID, f.UID
	}
	folders, records := c.s.cache.children(at), byTitle(c.s.cache.recordsIn(at))
	rows := []any{}
	var folderCells, recordCells [][]string
	for _, f := range folders {
		flags := ""
		if f.isShared() {
			flags = "S"
		}
		rows = append(rows, object{
			{"type", "folder"}, {"uid", f.UID}, {"name", f.Name}, {"details", "Flags: " + flags + ", Parent: " + above},
			{"source", "classic_folder"},
		})
		folderCells = append(folderCells, []string{f.UID, f.Name, flags, above, "classic_folder"})
	}
	for _, r := range records {
		rows = append(rows, row(object{
			{"type", "record"}, {"uid", r.UID}, {"name", r.Title},
			{"details", "Type: " + r.Type + ", Description: " + r.description()}, {"source", "classic"},
		}))
		recordCells = append(recordCells, []string{r.UID, r.Type, cut40(r.Title), cut40(r.description()), "classic"})
	}
	if args.last("format") == "json" {
		c.out.json(rows)
		return nil
	}
	var text []string
	if args.has("list") {
		if len(folderCells) > 0 {
			text = append(text, table(numbered([]string{"Folder UID", "Name", "Flags", "Parent UID", "Source"}, folderCells)))
		}
		if len(recordCells) > 0 {
			text = append(text, table(numbered([]string{"Record UID", "Type", "Title", "Description", "Source"}, recordCells)))
		}
	} else {
		for _, f := range folders {
			text = append(text, f.Name+"/")
		}
		for _, r := range records {
			text = append(text, r.Title)
		}
	}
	c.out.parsed = lsLines(lines(text))
	return nil
}

// lsLines is the parser for the text of ls: what ends in a slash is a folder, everything else a record, table
// headers included.
func lsLines(text []string) object {
	folders, records := []any{}, []any{}
	for _, line := range text {
		if name, isFolder := strings.CutSuffix(line, "/"); isFolder {
			folders = append(folders, name)
			continue
		}
		records = append(records, object{{"number", len(records) + 1}, {"title", line}})
	}
	return object{{"folders", folders}, {"records", records}}
}

// tree prints the folders below one, as the response parser understands the drawing (PROTOCOL 12.1): the top
// of a subtree counts as a level of its own only for its grandchildren, names in parentheses are mutilated,
// and with -s the lines of shared folders are lost.
func (c *call) tree() error {
	args, err := c.parse(&parser{
		options: []option{
			{names: []string{"-v", "--verbose"}, flag: true},
			{names: []string{"-r", "--records"}, flag: true},
			{names: []string{"-s", "--shares"}, flag: true},
			{names: []string{"-hk", "--hide-shares-key"}, flag: true},
			{names: []string{"-t", "--title"}},
		},
		positionals: []positional{{name: "folder", max: 1}},
	})
	if err != nil || args.help {
		return err
	}
	t := &treeWalk{w: c.s.cache, verbose: args.has("verbose"), records: args.has("records"), shares: args.has("shares")}
	at := ""
	if name := args.last("folder"); name != "" && name != "/" {
		f := t.w.resolveFolder(name)
		if f == nil {
			return commandError("tree", "Folder "+name+" not found")
		}
		t.folder(f, nil)
		at = f.UID
	}
	t.below(at, nil)
	var key any
	if t.shares {
		key = []any{"RO = Read-Only", "MU = Can Manage Users", "MR = Can Manage Records", "CE = Can Edit", "CS = Can Share"}
	}
	c.out.parsed = object{{"share_permissions_key", key}, {"tree", t.rows}}
	return nil
}

type treeWalk struct {
	w                        view
	verbose, records, shares bool
	rows                     []any
}

func (t *treeWalk) below(uid string, above []string) {
	for _, f := range t.w.children(uid) {
		t.folder(f, above)
		t.below(f.UID, append(above[:len(above):len(above)], f.Name))
	}
	if !t.records {
		return
	}
	for _, r := range byTitle(t.w.recordsIn(uid)) {
		t.add("record", r.Title, r.UID, false, above)
	}
}

func (t *treeWalk) folder(f *Folder, above []string) {
	if t.shares && f.isShared() {
		return
	}
	t.add("folder", f.Name, f.UID, f.isShared(), above)
}

func (t *treeWalk) add(kind, name, uid string, shared bool, above []string) {
	if i := strings.IndexByte(name, '('); i > 0 {
		name = strings.TrimSpace(name[:i])
	}
	o := object{
		{"type", kind}, {"name", name}, {"level", len(above)}, {"shared", shared},
		{"path", strings.Join(append(above[:len(above):len(above)], name), "/")},
	}
	if t.verbose {
		o = append(o, member{"uid", uid})
	}
	t.rows = append(t.rows, o)
}
