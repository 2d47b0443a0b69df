void thaw_onednn_placeholder(void);
