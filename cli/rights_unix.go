//go:build unix

package cli

import (
	"fmt"
	"os/user"
	"strconv"
	"syscall"
)

// becomePlain gives up root for an account that is no root either. Without root
// there is nothing to give up.
func becomePlain(account string) error {
	if !isRoot() {
		return nil
	}
	if account == "" {
		return errRoot
	}
	u, err := user.Lookup(account)
	if err != nil {
		return fmt.Errorf("%w: [serve] user: %w", errConfig, err)
	}
	uid, uidErr := strconv.Atoi(u.Uid)
	gid, gidErr := strconv.Atoi(u.Gid)
	if uidErr != nil || gidErr != nil || uid == 0 {
		return errRoot
	}
	groups, err := groupsOf(u)
	if err != nil {
		return fmt.Errorf("%w: [serve] user: %w", errConfig, err)
	}
	for _, step := range []func() error{
		func() error { return syscall.Setgroups(groups) },
		func() error { return syscall.Setgid(gid) },
		func() error { return syscall.Setuid(uid) },
	} {
		if err := step(); err != nil {
			return fmt.Errorf("become %s: %w", account, err)
		}
	}
	if syscall.Setuid(0) == nil {
		return fmt.Errorf("become %s: the rights of root came back", account)
	}
	keepMemory() // with another account the system does what it does for all programs
	return nil
}

// groupsOf are the groups of an account.
func groupsOf(u *user.User) ([]int, error) {
	ids, err := u.GroupIds()
	if err != nil {
		return nil, err
	}
	groups := make([]int, len(ids))
	for i, id := range ids {
		if groups[i], err = strconv.Atoi(id); err != nil {
			return nil, err
		}
	}
	return groups, nil
}
