// The attributes that the built-in actions know. A test compares them with what each action says of itself.

/** By action. */
export const builtInAttributes: Readonly<Record<string, readonly string[]>> = {
  add_config: ['url', 'variables', 'substitution_mode'],
  configure_ansible_client: ['user', 'passwd', 'group', 'root', 'key'],
  copy_file: ['src_url', 'dst_url', 'mode', 'overwrite'],
  install_cli_plugin: ['url'],
  install_extension: ['url', 'force'],
  install_image: [
    'url',
    'version',
    'sha256',
    'minimum',
    'maximum',
    'downgrade',
    'image_name_from_url',
    'images',
  ],
  replace_config: ['url'],
  run_bash_script: ['url', 'variables'],
  run_cli_commands: ['url', 'variables'],
  send_email: ['smarthost', 'sender', 'from', 'receivers', 'subject', 'body', 'attachments', 'commands'],
  template: ['text'],
};

/** Of one entry of `images` in install_image, besides `model`. */
export const imageAttributes: readonly string[] = (builtInAttributes.install_image ?? []).filter(
  (name) => name !== 'images',
);
